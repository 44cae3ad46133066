import type { Finding, Pointer, Problem, SourceDocument } from '@krater/documents';
import type { ConfigPath } from '../config/document.ts';
import type { Code } from './codes.ts';
import type { Names } from './names.ts';
import { SourcePaths } from './source-paths.ts';

/** One document on its way: where its parts came from, what is wrong with it, and the names that it may refer to. */
export class Translation {
  readonly source: SourceDocument;
  readonly namespace: string;
  readonly names: Names;
  readonly paths = new SourcePaths();
  readonly problems: Problem[] = [];
  readonly #rewritten = new Set<string>();

  constructor(source: SourceDocument, namespace: string, names: Names) {
    this.source = source;
    this.namespace = namespace;
    this.names = names;
  }

  /** Says what is wrong at a path of the original document. */
  problem(path: ConfigPath, finding: Finding & { readonly code: Code }, at: Pointer['at'] = 'value'): void {
    this.problems.push(this.source.problem(finding, { path, at }));
  }

  /** An expression that goes on in other words: offsets into it mean nothing in the file any more. */
  rewritten(path: ConfigPath): void {
    this.#rewritten.add(path.join('\n'));
  }

  /** The source for those who complain about the translated document: in rewritten expressions they mark the whole. */
  get reworded(): SourceDocument {
    const { source } = this;
    if (this.#rewritten.size === 0) return source;
    const problem: SourceDocument['problem'] = (finding, { span, ...pointer }) =>
      source.problem(
        finding,
        span === undefined || this.#rewritten.has(pointer.path.join('\n')) ? pointer : { ...pointer, span },
      );
    return { ...source, problem };
  }
}
