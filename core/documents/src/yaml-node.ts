import { isScalar, type Node } from 'yaml';
import type { Range } from './source-text.ts';

/** A key as text, as it is written where it is plain: `200` and `1.0` stay what they look like. */
export function keyName(key: Node): string | undefined {
  if (!isScalar(key)) return undefined;
  return typeof key.value === 'string' ? key.value : (key.source ?? '');
}

export function isMergeKey(key: Node): boolean {
  return isScalar(key) && key.value === '<<' && key.type === 'PLAIN';
}

export function rangeOf(node: Node): Range {
  const [start, end] = node.range ?? [0, 0];
  return { start, end };
}
