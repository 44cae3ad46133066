import { decode } from './decode.ts';
import type { SourceDocument } from './document.ts';
import { sortProblems } from './format.ts';
import { header } from './header.ts';
import { listOf, shown, typeOf } from './message.ts';
import { nearest } from './nearest.ts';
import type { Problem, SourceFile } from './problem.ts';
import type { YamlDocument } from './yaml-document.ts';
import { type RawDocument, readYaml } from './yaml-file.ts';

/** A document of somebody else's apiVersion. */
export interface SkippedDocument {
  readonly file: string;
  readonly index: number;
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
}

export interface Reading {
  readonly documents: readonly SourceDocument[];
  /** All of them, sorted by place. */
  readonly problems: readonly Problem[];
  readonly skipped: readonly SkippedDocument[];
  /** Documents with problems: not among `documents`, but a reference to one of them does not dangle. */
  readonly broken: readonly BrokenDocument[];
}

export interface BrokenDocument {
  readonly kind: string;
  readonly name: string;
  readonly namespace: string | undefined;
}

interface Cached {
  readonly text: string;
  readonly reading: Reading;
}

/**
 * Reads documents from YAML files. A file whose path and text did not change since the last `read` is not parsed
 * again, and its documents are the same objects.
 *
 * @example
 * const reader = new DocumentReader({ apiVersions: ['krater.dev/v1'] });
 * const { documents, problems, skipped } = reader.read(await readFolder('policy'));
 */
export class DocumentReader {
  readonly #apiVersions: readonly string[];
  #cache = new Map<string, Cached>();

  constructor({ apiVersions }: { readonly apiVersions: readonly string[] }) {
    this.#apiVersions = apiVersions;
  }

  /** The same as {@link read}, with a pause between files in which others have their turn. */
  async readBeside(files: readonly SourceFile[], pause: () => Promise<void> | undefined): Promise<Reading> {
    for (const file of files) {
      if (this.#cache.get(file.path)?.text === file.text) continue;
      this.#cache.set(file.path, { text: file.text, reading: this.#readFile(file) });
      await pause();
    }
    return this.read(files);
  }

  read(files: readonly SourceFile[]): Reading {
    const cache = new Map<string, Cached>();
    const readings = files.map(file => {
      const known = this.#cache.get(file.path);
      const reading = known?.text === file.text ? known.reading : this.#readFile(file);
      cache.set(file.path, { text: file.text, reading });
      return reading;
    });
    this.#cache = cache;
    return {
      documents: readings.flatMap(reading => reading.documents),
      problems: sortProblems(readings.flatMap(reading => reading.problems)),
      skipped: readings.flatMap(reading => reading.skipped),
      broken: readings.flatMap(reading => reading.broken),
    };
  }

  #readFile(file: SourceFile): Reading {
    const problems: Problem[] = [];
    const documents: SourceDocument[] = [];
    const skipped: SkippedDocument[] = [];
    const broken: BrokenDocument[] = [];
    for (const raw of readYaml(file, problems)) {
      const text = (...path: string[]) => textOf(raw.peek(path));
      const apiVersion = text('apiVersion');
      const [kind = '', name = ''] = [text('kind'), text('metadata', 'name')];
      if (apiVersion !== undefined && this.#isForeign(apiVersion)) {
        skipped.push({ file: file.path, index: raw.index, apiVersion, kind, name });
        continue;
      }
      const document = raw.refused ? undefined : this.#readDocument(raw, problems);
      if (document) documents.push(document);
      else broken.push({ kind, name, namespace: text('metadata', 'namespace') });
    }
    return { documents, problems, skipped, broken };
  }

  #readDocument(raw: RawDocument, problems: Problem[]): SourceDocument | undefined {
    const before = problems.length;
    const yaml = raw.read(problems);
    const { value } = yaml;
    const sound = problems.length === before;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      const found = typeof value === 'object' ? typeOf(value) : shown(value, []);
      const message = `a document is a map, found ${found}, allowed: apiVersion, kind, metadata, spec`;
      problems.push(
        yaml.problem(
          { code: 'DOCUMENT_NOT_A_MAP', message, hint: `begin with: apiVersion: ${this.#apiVersions[0]}` },
          { path: [] },
        ),
      );
      return undefined;
    }
    const document = this.#checkHeader(raw.index, yaml, problems);
    return sound ? document : undefined;
  }

  #checkHeader(index: number, yaml: YamlDocument, problems: Problem[]): SourceDocument | undefined {
    const decoded = decode(header, yaml, []);
    if (!decoded.ok) {
      problems.push(...decoded.problems);
      return undefined;
    }
    const { apiVersion, kind, metadata } = decoded.value;
    if (!this.#apiVersions.includes(apiVersion)) {
      const near =
        nearest(apiVersion, this.#apiVersions) ??
        this.#apiVersions.find(known => groupOf(known) === groupOf(apiVersion));
      const message = `unknown apiVersion ${shown(apiVersion, [])}, allowed: ${listOf(this.#apiVersions)}`;
      const hint = `did you mean "${near ?? this.#apiVersions[0]}"?`;
      problems.push(
        yaml.problem({ code: 'DOCUMENT_UNKNOWN_API_VERSION', message, hint }, { path: ['apiVersion'] }),
      );
      return undefined;
    }
    return {
      file: yaml.file,
      index,
      apiVersion,
      kind,
      name: metadata.name,
      namespace: metadata.namespace,
      value: yaml.value as SourceDocument['value'],
      problem: (finding, pointer) => yaml.problem(finding, pointer),
      mask: path => yaml.mask(path),
    };
  }

  /** Neither accepted nor so near to an accepted one that it was meant to be it. */
  #isForeign(apiVersion: string): boolean {
    const group = groupOf(apiVersion);
    if (!apiVersion.includes('/') && !group.includes('.') && /^v\d/.test(apiVersion)) return true;
    return !this.#apiVersions.some(known => {
      const accepted = groupOf(known);
      return (
        known === apiVersion ||
        nearest(group, [accepted]) !== undefined ||
        accepted.split('.', 1)[0] === group
      );
    });
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function groupOf(apiVersion: string): string {
  const [group = ''] = apiVersion.split('/', 1);
  return group.toLowerCase();
}
