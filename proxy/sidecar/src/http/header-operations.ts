import { validateHeaderName, validateHeaderValue } from 'node:http';
import type { HeaderOperation } from '@krater/mixer';
import type { Exchange } from '../exchange.ts';
import { fieldName, isUntouchable } from './field-names.ts';

/**
 * Applies header operations, in order, to name, value, name, value …, in place. Left out are those that would change the
 * message's framing, its route, or Krater's own fields, and those whose name or value cannot stand in a field line.
 * Returns how many were left out.
 */
export function applyHeaderOperations(headers: string[], operations: readonly HeaderOperation[]): number {
  let refused = 0;
  for (const { operation, name, value } of operations) {
    if (isUntouchable(name.toLowerCase()) || !isFieldLine(name, value)) {
      refused++;
      continue;
    }
    if (operation !== 'append') removeField(headers, name.toLowerCase());
    if (operation !== 'remove') headers.push(name, value);
  }
  return refused;
}

/** The same for a request that goes on; a field that the sidecar would set itself is then the operation's. */
export function applyToRequest(exchange: Exchange, operations: readonly HeaderOperation[]): number {
  for (const { operation, name } of operations) {
    const lower = name.toLowerCase();
    if (operation === 'append' || fieldName(lower).treatment !== 'owned' || isUntouchable(lower)) continue;
    exchange.surrendered ??= new Set();
    exchange.surrendered.add(lower);
  }
  return applyHeaderOperations(exchange.fields.forwarded, operations);
}

function removeField(headers: string[], name: string): void {
  for (let index = headers.length - 2; index >= 0; index -= 2) {
    if ((headers[index] as string).toLowerCase() === name) headers.splice(index, 2);
  }
}

export function isFieldLine(name: string, value: string): boolean {
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
    return true;
  } catch {
    return false;
  }
}
