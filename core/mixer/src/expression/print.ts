import type { Value, ValueType } from '../value.ts';
import { encodeValue } from '../vocabulary/decode.ts';
import { functions } from './functions.ts';
import type { Node, Operator } from './tree.ts';

/** How tightly an operator binds; functions, names and constants tighter than all. */
const tightness: Readonly<Record<Operator, number>> = {
  '||': 1,
  '&&': 2,
  '==': 3,
  '!=': 3,
  '<': 3,
  '<=': 3,
  '>': 3,
  '>=': 3,
  in: 3,
  '|': 4,
  '+': 4,
  '-': 4,
  '*': 5,
  '/': 5,
  '%': 5,
  '!': 6,
  neg: 6,
};
const makers: Readonly<Partial<Record<ValueType, string>>> = {
  TIMESTAMP: 'timestamp',
  IP_ADDRESS: 'ip',
  DNS_NAME: 'dnsName',
  EMAIL_ADDRESS: 'email',
  URI: 'uri',
};

/** A tree as text in the expression language, also where it was written in JSON Logic. */
export function printTree(node: Node): string {
  switch (node.node) {
    case 'literal':
      return printValue(node.type, node.value, makers[node.type]);
    case 'attribute':
      return node.name;
    case 'index':
      return `${within(node.map, 7)}[${printTree(node.key)}]`;
    case 'call': {
      const [first, ...others] = node.args;
      const method = functions.get(node.name)?.form === 'method' && first !== undefined;
      const args = (method ? others : node.args).map(printTree).join(', ');
      return `${method ? `${within(first, 7)}.` : ''}${node.name}(${args})`;
    }
    case 'operation': {
      const { operator, operands } = node;
      const level = tightness[operator];
      const [first, ...others] = operands as [Node, ...Node[]];
      if (operator === '!' || operator === 'neg')
        return `${operator === '!' ? '!' : '-'}${within(first, level)}`;
      if (operator === 'in') return `${within(first, level + 1)} in [${others.map(printTree).join(', ')}]`;
      return [within(first, level), ...others.map(other => within(other, level + 1))].join(` ${operator} `);
    }
  }
}

/** A value as people write it; with `maker`, as an expression of its type. */
export function printValue(type: ValueType, value: Value, maker?: string): string {
  const shown = encodeValue(type, value);
  if (typeof shown === 'object') return JSON.stringify(shown);
  if (typeof shown !== 'string')
    return type === 'DOUBLE' && Number.isInteger(shown) ? `${shown}.0` : String(shown);
  return maker === undefined ? JSON.stringify(shown) : `${maker}(${JSON.stringify(shown)})`;
}

function within(node: Node, level: number): string {
  const text = printTree(node);
  return node.node === 'operation' && tightness[node.operator] < level ? `(${text})` : text;
}
