import type { Alias, Node, Scalar } from 'yaml';
import type { Code } from './codes.ts';
import type { Finding } from './document.ts';
import { nearest } from './nearest.ts';
import type { Range } from './source-text.ts';
import { rangeOf } from './yaml-node.ts';

/** What YAML accepts and nobody means. Each answers a finding and its range, or undefined. */
type Trap = [finding: Finding & { readonly code: Code }, range: Range];

const coreTag = /^tag:yaml\.org,2002:(?:str|int|float|bool|null|map|seq)$/;

/** `match: !has(x)`: a leading `!` is a tag, and the value would be an empty text. */
export function tag(text: string, node: Node & { tag?: string }): Trap | undefined {
  if (node.tag === undefined || coreTag.test(node.tag)) return undefined;
  let start = text.lastIndexOf('!', (node.range?.[0] ?? 1) - 1);
  while (start > 0 && !/[\s,[{]/.test(text.charAt(start - 1))) start--;
  const range = { start: Math.max(start, 0), end: endOfLine(text, Math.max(start, 0)) };
  const written = text.slice(range.start, range.end).split(/\s/, 1)[0];
  const message = `"${written}" is a YAML tag and would be dropped, allowed: no tags but those of YAML's own types`;
  return [{ code: 'YAML_TAG', message, hint: quoteIt(text, range) }, range];
}

/** `match: a == "x #y"`: ` #` starts a comment, and the rest of an expression would be lost. */
export function comment(text: string, node: Scalar): Trap | undefined {
  const { start, end } = rangeOf(node);
  let hash = end;
  while (text[hash] === ' ' || text[hash] === '\t') hash++;
  if (hash === end || text[hash] !== '#' || !looksCut(text.slice(start, end))) return undefined;
  const message = 'the value ends at " #", which starts a comment, in the middle of an expression';
  const line = { start, end: endOfLine(text, start) };
  return [
    { code: 'YAML_COMMENT_IN_VALUE', message, hint: quoteIt(text, line) },
    { start: hash, end: line.end },
  ];
}

function looksCut(value: string): boolean {
  if (/(?:==|!=|&&|\|\||<=|>=|\s[|<>+]|[,(])$/.test(value)) return true;
  let quotes = 0;
  let open = 0;
  for (let at = 0; at < value.length; at++) {
    const char = value[at];
    if (char === '\\') at++;
    else if (char === '"') quotes++;
    else if (quotes % 2 === 1) continue;
    else if (char === '(' || char === '[') open++;
    else if (char === ')' || char === ']') open--;
  }
  return quotes % 2 === 1 || open > 0;
}

/** `match: {a == b}` and `{a:1}`: a flow map whose key has no value. */
export function flowKey(text: string, key: Node, name: string): Trap {
  const { start, end } = rangeOf(key);
  const colon = name.search(/:\S/);
  const message = `the key "${name}" in { … } has no value`;
  const hint =
    colon > 0
      ? `put a space after the colon: ${name.slice(0, colon)}: ${name.slice(colon + 1)}`
      : 'write "key: value"; or if this is an expression, quote the whole of it';
  return [
    { code: 'YAML_KEY_WITHOUT_VALUE', message, hint },
    { start, end: Math.min(end, endOfLine(text, start)) },
  ];
}

/** `? [a] : b`, `{a}: b`: maps and lists as keys. */
export function collectionKey(text: string, key: Node): Trap {
  const { start, end } = rangeOf(key);
  const message = 'a map or a list stands as a key, allowed: plain text';
  const hint = 'if this is an expression, quote the whole of it';
  return [
    { code: 'YAML_COLLECTION_KEY', message, hint },
    { start, end: Math.min(end, endOfLine(text, start)) },
  ];
}

/** `match: *x`: an alias without its anchor. */
export function unknownAlias(text: string, alias: Alias, anchors: Iterable<string>): Trap {
  const { start, end } = rangeOf(alias);
  const known = [...anchors];
  const near = nearest(alias.source, known);
  const message = `unknown alias "*${alias.source}", found no anchor "&${alias.source}" before it in this document`;
  const hint = near ? `did you mean "*${near}"?` : quoteIt(text, { start, end: endOfLine(text, start) });
  return [
    { code: 'YAML_UNKNOWN_ALIAS', message, hint },
    { start, end },
  ];
}

/** The hint for a value that YAML reads as something else than text. */
export function quoteIt(text: string, { start, end }: Range): string {
  const value = text.slice(start, Math.min(end, start + 200)).trim();
  if (value === '' || value.includes('\n')) return 'quote the whole value';
  return `quote the whole value: '${value.replaceAll("'", "''")}'`;
}

/** Where the line of an offset ends, without trailing space. */
export function endOfLine(text: string, offset: number): number {
  const newline = text.indexOf('\n', offset);
  let end = newline === -1 ? text.length : newline;
  while (end > offset && /\s/.test(text.charAt(end - 1))) end--;
  return end;
}
