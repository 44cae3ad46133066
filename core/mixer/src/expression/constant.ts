import type { Value } from '../value.ts';
import { interpret } from './interpreter.ts';
import type { Node } from './tree.ts';

/**
 * The value of a part that reads no attribute; `{ value: undefined }` where it always fails. Undefined where the value
 * depends on the request.
 *
 * @example foldConstant(tree) // of ip("10.0.0.1"): { value: '10.0.0.1' }; of ip("x"): { value: undefined }
 */
export function foldConstant(node: Node): { readonly value: Value | undefined } | undefined {
  if (node.node === 'literal') return node;
  if (readsAttributes(node)) return undefined;
  const outcome = interpret(node, []);
  return { value: outcome.ok ? outcome.value : undefined };
}

/** Whether any attribute can be read to evaluate a part. */
function readsAttributes(node: Node): boolean {
  return node.node === 'attribute' || partsOf(node).some(readsAttributes);
}

/** The parts of a node, left to right. */
export function partsOf(node: Node): readonly Node[] {
  switch (node.node) {
    case 'literal':
    case 'attribute':
      return [];
    case 'index':
      return [node.map, node.key];
    case 'call':
      return node.args;
    case 'operation':
      return node.operands;
  }
}
