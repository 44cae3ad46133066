import { type Document, type Node, parseAllDocuments } from 'yaml';
import type { Finding, Path, Pointer } from './document.ts';
import { locate, type Tree } from './locate.ts';
import type { Problem, SourceFile } from './problem.ts';
import { SourceText } from './source-text.ts';
import { type Found, toData } from './yaml-data.ts';
import { syntaxErrors } from './yaml-syntax.ts';

/** Files beyond this many characters are refused: 100,000 rules fit in. */
export const largestFile = 32 * 1024 * 1024;

/** One document of a file as the parser left it: not converted, so that foreign ones cost nothing more. */
export interface RawDocument {
  readonly index: number;
  /** A scalar at the top of the document, without looking at the rest. */
  peek(path: Path): unknown;
  /** Converts it; what is wrong in it goes to `problems`. */
  read(problems: Problem[]): YamlDocument;
}

/** Converted to data, with the way back to every place. */
export interface YamlDocument {
  readonly file: SourceFile;
  readonly value: unknown;
  problem(finding: Finding, pointer: Pointer): Problem;
  mask(path: Path): void;
}

/** Splits a file into documents; empty ones are left out. A document that is no YAML is a problem, the others go on. */
export function readYaml(file: SourceFile, problems: Problem[]): RawDocument[] {
  const source = new SourceText(file);
  if (file.text.length > largestFile) {
    const message = `the file is too large: ${file.text.length} characters, allowed: ${largestFile}`;
    problems.push(
      source.problem(
        { code: 'YAML_TOO_LARGE', message, hint: 'split it into several files' },
        { start: 0, end: 1 },
      ),
    );
    return [];
  }
  const raw: RawDocument[] = [];
  for (const [index, document] of parse(file, source, problems).entries()) {
    const errors = syntaxErrors(document, file.text);
    for (const [finding, range] of errors) problems.push(source.problem(finding, range));
    if (errors.length === 0 && document.contents !== null && !isEmpty(document))
      raw.push(rawDocument(document, index, source));
  }
  return raw;
}

function parse(file: SourceFile, source: SourceText, problems: Problem[]): Document[] {
  try {
    // Duplicate keys are found while converting, in linear time.
    const documents = parseAllDocuments(file.text, {
      prettyErrors: false,
      uniqueKeys: false,
      intAsBigInt: true,
      logLevel: 'silent',
    });
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
  const { value, range, tag } = contents as { value?: unknown; range?: readonly number[]; tag?: string };
  return value === null && tag === undefined && range?.[0] === range?.[1];
}

function rawDocument(document: Document, index: number, source: SourceText): RawDocument {
  return {
    index,
    peek: path => document.getIn(path),
    read(problems) {
      const found: Found = (finding, range) => problems.push(source.problem(finding, range));
      const { yaml } = document.directives ?? {};
      if (yaml?.explicit && yaml.version !== '1.2') {
        const message = `the directive "%YAML ${yaml.version}" gives values other meanings, allowed: 1.2`;
        const start = Math.max(0, source.file.text.lastIndexOf('%YAML', document.range?.[0]));
        found({ code: 'YAML_DIRECTIVE', message, hint: 'remove the line' }, { start, end: start + 9 });
      }
      const { value, targets } = toData(document, source, found);
      const tree: Tree = { root: document.contents as Node, targets };
      return {
        file: source.file,
        value,
        problem: (finding, pointer) => source.problem(finding, locate(tree, pointer, source.file.text)),
        mask: path => source.mask(locate(tree, { path }, source.file.text)),
      };
    },
  };
}
