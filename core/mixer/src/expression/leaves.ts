import type { StringMap, Value, ValueType } from '../value.ts';
import type { Closure } from './closures.ts';
import type { Reads } from './reads.ts';
import { formByType } from './value-form.ts';

/**
 * Closures that read the bag. Each comes twice: with the reads recorded, and plain. A value that is not of the
 * attribute's type reads as no value, which costs nothing: the check replaces that for `undefined`.
 */

export function readAttribute(slot: number, type: ValueType, record: boolean): Closure {
  const note = [{ slot }];
  switch (type === 'INT64' ? 'integer' : formByType[type]) {
    case 'object':
      return readMap(slot, record);
    case 'boolean':
      return (values, reads) => {
        if (record) reads.add(note);
        const value = values[slot];
        return typeof value === 'boolean' ? value : undefined;
      };
    case 'number':
      return (values, reads) => {
        if (record) reads.add(note);
        const value = values[slot];
        return typeof value === 'number' ? value : undefined;
      };
    case 'integer':
      return (values, reads) => {
        if (record) reads.add(note);
        const value = values[slot];
        return typeof value === 'number' || typeof value === 'bigint' ? value : undefined;
      };
    case 'string':
      return (values, reads) => {
        if (record) reads.add(note);
        const value = values[slot];
        return typeof value === 'string' ? value : undefined;
      };
  }
}

function readMap(slot: number, record: boolean): Closure {
  const note = [{ slot, whole: true }];
  return (values, reads) => {
    if (record) reads.add(note);
    const value = values[slot];
    return typeof value === 'object' ? value : undefined;
  };
}

/** `attribute == constant` for types whose equal values are identical and no text. */
export function attributeEquals(slot: number, type: ValueType, constant: Value, record: boolean): Closure {
  const read = readAttribute(slot, type, record);
  return (values, reads) => {
    const value = read(values, reads);
    return value === undefined ? undefined : value === constant;
  };
}

/** `map["key"]`: an absent key of a present map is empty. */
export function readKey(slot: number, key: string, record: boolean): Closure {
  const note = [{ slot, key }];
  return record
    ? (values, reads) => {
        reads.add(note);
        return keyOf(values[slot], key);
      }
    : values => keyOf(values[slot], key);
}

function keyOf(map: Value | undefined, key: string): string | undefined {
  if (typeof map !== 'object') return undefined;
  const value: unknown = (map as StringMap)[key];
  return typeof value === 'string' ? value : value === undefined ? '' : undefined;
}

/** What the left side of `|` yields where it falls through. */
export const absent = Symbol('absent');
export type Alternative = (
  values: readonly (Value | undefined)[],
  reads: Reads,
) => Value | undefined | typeof absent;

/** `attribute | …` */
export function attributeOrAbsent(slot: number, type: ValueType, record: boolean): Alternative {
  const read = readAttribute(slot, type, record);
  return (values, reads) => {
    const value = read(values, reads);
    return value === undefined && values[slot] === undefined ? absent : value;
  };
}

/** `map["key"] | …` */
export function keyOrAbsent(slot: number, key: string, record: boolean): Alternative {
  const note = [{ slot, key }];
  return (values, reads) => {
    if (record) reads.add(note);
    const map = values[slot];
    if (typeof map !== 'object') return map === undefined ? absent : undefined;
    const value: unknown = (map as StringMap)[key];
    return typeof value === 'string' ? value : absent;
  };
}
