import { type Document, type Node, parseAllDocuments } from 'yaml';
import type { Finding, Path, Pointer } from './document.ts';
import { locate, type Tree } from './locate.ts';
import type { Problem } from './problem.ts';
import type { Range, SourceText } from './source-text.ts';
import { type Found, toData } from './yaml-data.ts';

/** Duplicate keys are found while converting, in linear time. */
export const yamlOptions = {
  prettyErrors: false,
  uniqueKeys: false,
  intAsBigInt: true,
  logLevel: 'silent',
} as const;

/**
 * A document converted to data, with the way back to every place. The syntax tree is ten times larger than the data:
 * it is let go, and made again from the document's part of the text when a problem needs it.
 */
export class YamlDocument {
  readonly value: unknown;
  readonly #source: SourceText;
  readonly #part: Range;
  #tree: WeakRef<Tree>;

  constructor(document: Document, source: SourceText, found: Found) {
    const { value, targets } = toData(document, source.file.text, found);
    const [start, , end] = document.range ?? [0, 0, source.file.text.length];
    this.value = value;
    this.#source = source;
    this.#part = { start, end };
    this.#tree = new WeakRef({ root: document.contents as Node, targets, offset: 0 });
  }

  get file() {
    return this.#source.file;
  }

  problem(finding: Finding, pointer: Pointer): Problem {
    return this.#source.problem(finding, this.#locate(pointer));
  }

  mask(path: Path): void {
    this.#source.mask(this.#locate({ path }));
  }

  #locate(pointer: Pointer): Range {
    const tree = this.#tree.deref() ?? this.#grow();
    const { text } = this.#source.file;
    const { start, end } = locate(
      tree,
      pointer,
      tree.offset === 0 ? text : text.slice(tree.offset, this.#part.end),
    );
    return { start: start + tree.offset, end: end + tree.offset };
  }

  #grow(): Tree {
    const { start: offset, end } = this.#part;
    const part = this.#source.file.text.slice(offset, end);
    const document = parseAllDocuments(part, yamlOptions)[0] as Document;
    const tree = {
      root: document.contents as Node,
      targets: toData(document, part, () => {}).targets,
      offset,
    };
    this.#tree = new WeakRef(tree);
    return tree;
  }
}
