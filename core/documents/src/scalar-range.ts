import type { Scalar } from 'yaml';
import type { Range } from './source-text.ts';

/**
 * Where a part of a scalar's value stands in the file; undefined where the way back is not clear, so that the whole
 * scalar is marked. Works by reading the source again as its style says, and comparing: a mistake here cannot mark
 * the wrong place.
 */
export function scalarRange(node: Scalar, span: Range, text: string): Range | undefined {
  if (typeof node.value !== 'string' || !node.range) return undefined;
  const [start, end] = node.range;
  const source = text.slice(start, end);
  const read = readers[node.type ?? '']?.(source);
  if (!read || !agrees(read, source, node.value)) return undefined;
  const from = Math.min(Math.max(span.start, 0), read.length - 1);
  const to = Math.min(Math.max(span.end, from + 1), read.length);
  const last = read[to - 1];
  return read.length === 0 || last === undefined
    ? undefined
    : { start: start + (read[from] ?? 0), end: start + last + 1 };
}

/** The source offset of every character of the value, up to the line ends at its end. */
type Offsets = readonly number[];

const readers: { readonly [style: string]: (source: string) => Offsets } = {
  PLAIN: source => foldedLines(source, 0, source.length),
  QUOTE_SINGLE: source => unescaped(foldedLines(source, 1, source.length - 1), source, "'"),
  QUOTE_DOUBLE: source => unescaped(foldedLines(source, 1, source.length - 1), source, '\\'),
  BLOCK_LITERAL: blockLines,
  BLOCK_FOLDED: blockLines,
};

/** Lines of a flow scalar: space around a line end counts as one character, which stands at the line end. */
function foldedLines(source: string, from: number, to: number): Offsets {
  const offsets: number[] = [];
  for (let at = from; at < to; at++) {
    const lineEnd = /^[ \t]*\r?\n[ \t]*/.exec(source.slice(at, at + 500));
    if (lineEnd && lineEnd[0].length <= to - at) {
      offsets.push(at);
      at += lineEnd[0].length - 1;
    } else offsets.push(at);
  }
  return offsets;
}

/** Drops the first of two characters that stand for one: `''`, or a backslash before a quote or a backslash. */
function unescaped(offsets: Offsets, source: string, mark: string): Offsets {
  const kept: number[] = [];
  for (let at = 0; at < offsets.length; at++) {
    if (source[offsets[at] ?? 0] === mark) at++;
    const offset = offsets[at];
    if (offset !== undefined) kept.push(offset);
  }
  return kept;
}

/** Lines of a block scalar: without their common indent; a line end is one character. */
function blockLines(source: string): Offsets {
  const offsets: number[] = [];
  const lines = [...source.matchAll(/([^\r\n]*)(\r?\n|$)/g)].slice(1);
  const written = lines.map(([, line = '']) => line).filter(line => line.trim() !== '');
  const indent = written.reduce(
    (least, line) => Math.min(least, line.search(/[^ ]/)),
    Number.POSITIVE_INFINITY,
  );
  for (const { 1: line = '', index } of lines) {
    for (let at = indent; at < line.length; at++) offsets.push(index + at);
    offsets.push(index + line.length);
  }
  return offsets;
}

function agrees(offsets: Offsets, source: string, value: string): boolean {
  const text = value.trimEnd();
  if (offsets.length < text.length) return false;
  for (let at = 0; at < text.length; at++) {
    const written = source.charAt(offsets[at] ?? 0);
    const same = written === text[at] || (/\s/.test(written) && /[ \n]/.test(text.charAt(at)));
    if (!same) return false;
  }
  return true;
}
