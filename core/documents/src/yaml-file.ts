import { type Document, parseAllDocuments } from 'yaml';
import type { Path } from './document.ts';
import { largestFile, type Problem, type SourceFile } from './problem.ts';
import { SourceText } from './source-text.ts';
import type { Found } from './yaml-data.ts';
import { YamlDocument, yamlOptions } from './yaml-document.ts';
import { syntaxErrors } from './yaml-syntax.ts';

/** One document of a file as the parser left it: not converted, so that foreign ones cost nothing more. */
export interface RawDocument {
  readonly index: number;
  /** It is no YAML: what can be peeked at may be incomplete, and the problems are known. */
  readonly refused: boolean;
  /** A scalar in the document, without looking at the rest. */
  peek(path: Path): unknown;
  /** Converts it; what is wrong in it goes to `problems`. */
  read(problems: Problem[]): YamlDocument;
}

/** Splits a file into documents; empty ones are left out. A document that is no YAML is a problem, the others go on. */
export function readYaml(file: SourceFile, problems: Problem[]): RawDocument[] {
  const source = new SourceText(file);
  if (file.text.length > largestFile) {
    const message = `the file is too large: ${file.text.length} characters, allowed: ${largestFile}`;
    const hint = 'split it into several files';
    problems.push(source.problem({ code: 'YAML_TOO_LARGE', message, hint }, { start: 0, end: 1 }));
    return [];
  }
  const raw: RawDocument[] = [];
  for (const [index, document] of parse(file, source, problems).entries()) {
    const errors = syntaxErrors(document, file.text);
    for (const [finding, range] of errors) problems.push(source.problem(finding, range));
    if (errors.length === 0 && isEmpty(document)) continue;
    raw.push({
      index,
      refused: errors.length > 0,
      peek: path => document.getIn(path),
      read(problems) {
        const found: Found = (finding, range) => problems.push(source.problem(finding, range));
        checkVersion(document, file.text, found);
        return new YamlDocument(document, source, found);
      },
    });
  }
  return raw;
}

function parse(file: SourceFile, source: SourceText, problems: Problem[]): Document[] {
  try {
    const documents = parseAllDocuments(file.text, yamlOptions);
    return Array.isArray(documents) ? (documents as Document[]) : [];
  } catch (error) {
    // The parser is recursive: what nests too deeply ends its stack.
    if (!(error instanceof RangeError)) throw error;
    const finding = { code: 'YAML_TOO_DEEP', message: 'a document in this file is nested too deeply' };
    problems.push(source.problem(finding, { start: 0, end: 1 }));
    return [];
  }
}

/** Only comments between two `---`. */
function isEmpty({ contents }: Document): boolean {
  if (contents === null) return true;
  const { value, range, tag } = contents as { value?: unknown; range?: readonly number[]; tag?: string };
  return value === null && tag === undefined && range?.[0] === range?.[1];
}

function checkVersion(document: Document, text: string, found: Found): void {
  const { yaml } = document.directives ?? {};
  if (!yaml?.explicit || yaml.version === '1.2') return;
  const message = `the directive "%YAML ${yaml.version}" gives values other meanings, allowed: 1.2`;
  const start = Math.max(0, text.lastIndexOf('%YAML', document.range?.[0]));
  found({ code: 'YAML_DIRECTIVE', message, hint: 'remove the line' }, { start, end: start + 9 });
}
