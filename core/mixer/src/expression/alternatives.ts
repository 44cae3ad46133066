import type { Value } from '../value.ts';
import { buildClosure, type Closure } from './closures.ts';
import { type Alternative, absent, attributeOrAbsent, keyOrAbsent } from './leaves.ts';
import { indexOrAbsent } from './maps.ts';
import type { Node } from './tree.ts';

/**
 * The left side of `|`, which may be absent. Only attributes, keys of maps and `|` between them can be; everything else
 * has a value or fails.
 */
export function buildAlternative(node: Node, record: boolean): Alternative {
  if (node.node === 'attribute') return attributeOrAbsent(node.slot, node.type, record);
  if (node.node === 'index') {
    const { map, key } = node;
    if (map.node === 'attribute' && key.node === 'literal')
      return keyOrAbsent(map.slot, key.value as string, record);
    return indexOrAbsent(node, record);
  }
  if (node.node === 'operation' && node.operator === '|') {
    const alternatives = node.operands.map(operand => buildAlternative(operand, record));
    return (values, reads) => {
      for (const alternative of alternatives) {
        const value = alternative(values, reads);
        if (value !== absent) return value;
      }
      return absent;
    };
  }
  return buildClosure(node, record);
}

/** `a | b | …`: the first that is there; the last strictly. */
export function firstPresent(operands: readonly Node[], record: boolean): Closure {
  const [only, ...others] = operands.slice(0, -1).map(operand => buildAlternative(operand, record)) as [
    Alternative,
    ...Alternative[],
  ];
  const last = buildClosure(operands.at(-1) as Node, record);
  if (others.length === 0) {
    return (values, reads) => {
      const value = only(values, reads);
      return value === absent ? last(values, reads) : (value as Value | undefined);
    };
  }
  const alternatives = [only, ...others];
  return (values, reads) => {
    for (const alternative of alternatives) {
      const value = alternative(values, reads);
      if (value !== absent) return value as Value | undefined;
    }
    return last(values, reads);
  };
}
