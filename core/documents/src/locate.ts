import { type Alias, isAlias, isMap, isSeq, type Node, type Scalar, type YAMLMap } from 'yaml';
import type { Path, Pointer } from './document.ts';
import { scalarRange } from './scalar-range.ts';
import type { Range } from './source-text.ts';
import { isMergeKey, keyName, rangeOf } from './yaml-node.ts';
import { endOfLine } from './yaml-traps.ts';

/** A document's nodes, and what its aliases stand for. */
export interface Tree {
  readonly root: Node;
  readonly targets: ReadonlyMap<Alias, Node>;
  /** Where in the file the text begins that the nodes' ranges count from. */
  readonly offset: number;
}

/**
 * Where a pointer points: an unknown key at the key, a missing one at its parent's key (or at the start of the map,
 * inside a list), anything else at the value. A path that leads nowhere stops at the last thing that exists.
 */
export function locate(tree: Tree, { path, at = 'value', span }: Pointer, text: string): Range {
  const { key, value, complete } = walk(tree, path);
  const written = value !== undefined && rangeOf(value).end > rangeOf(value).start;
  if (!complete || at === 'key' || !written) return key ? rangeOf(key) : startOf(value ?? tree.root, text);
  if (span) return scalarRange(value as Scalar, span, text) ?? trimmed(rangeOf(value), text);
  return trimmed(rangeOf(value), text);
}

interface Found {
  /** The key that led here; undefined inside a list. */
  readonly key: Node | undefined;
  readonly value: Node | undefined;
  readonly complete: boolean;
}

function walk(tree: Tree, path: Path): Found {
  let key: Node | undefined;
  let value: Node | undefined = resolve(tree, tree.root);
  for (const step of path) {
    const next: Child | undefined = value && child(tree, value, String(step));
    if (!next) return { key, value, complete: false };
    key = next.key;
    value = next.value && resolve(tree, next.value);
  }
  return { key, value, complete: true };
}

type Child = { readonly key: Node | undefined; readonly value: Node | undefined };

function child(tree: Tree, node: Node, name: string): Child | undefined {
  if (isSeq(node)) {
    const item = /^\d+$/.test(name) ? (node.items[Number(name)] as Node | undefined) : undefined;
    return item && { key: undefined, value: item };
  }
  if (!isMap(node)) return undefined;
  const { own, merges } = entriesOf(tree, node);
  const found = own.get(name);
  if (found) return found;
  for (const value of merges) {
    const merged = merge(tree, resolve(tree, value), name);
    if (merged) return merged;
  }
  return undefined;
}

interface Entries {
  readonly own: ReadonlyMap<string, Child>;
  readonly merges: readonly Node[];
}
/** Kept, since a map with thousands of problems is asked thousands of times. */
const entries = new WeakMap<YAMLMap, Entries>();

function entriesOf(tree: Tree, node: YAMLMap): Entries {
  const known = entries.get(node);
  if (known) return known;
  const own = new Map<string, Child>();
  const merges: Node[] = [];
  for (const { key, value } of node.items as { key: Node; value: Node | null }[]) {
    const name = keyName(resolve(tree, key));
    if (isMergeKey(key)) merges.push(value ?? key);
    else if (name !== undefined && !own.has(name)) own.set(name, { key, value: value ?? undefined });
  }
  entries.set(node, { own, merges });
  return { own, merges };
}

function merge(tree: Tree, merged: Node, name: string): Child | undefined {
  if (!isSeq(merged)) return child(tree, merged, name);
  for (const item of merged.items as Node[]) {
    const found = child(tree, resolve(tree, item), name);
    if (found) return found;
  }
  return undefined;
}

function resolve(tree: Tree, node: Node): Node {
  return isAlias(node) ? (tree.targets.get(node) ?? node) : node;
}

/** A map's first key, a list's first item's mark: its first line is enough to find it. */
function startOf(node: Node, text: string): Range {
  const first = isMap(node) ? (node.items[0]?.key as Node | undefined) : undefined;
  if (first) return rangeOf(first);
  const { start } = rangeOf(node);
  return { start, end: Math.max(Math.min(rangeOf(node).end, endOfLine(text, start)), start) };
}

/** Without the line ends that belong to a block. */
function trimmed({ start, end }: Range, text: string): Range {
  let last = end;
  while (last > start && /\s/.test(text.charAt(last - 1))) last--;
  return { start, end: last };
}
