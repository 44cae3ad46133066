import type { StringMap, Value, ValueType } from '../value.ts';
import type { Closure } from './closures.ts';
import type { Reads } from './reads.ts';
import { formByType } from './value-form.ts';

/**
 * Closures that read the bag. Each comes twice: with the reads recorded, and plain. A value that is not of the
 * attribute's type reads as no value, which costs nothing: the check replaces that for `undefined`.
 */

export function readAttribute(slot: number, type: ValueType, record: boolean): Closure {
  switch (type === 'INT64' ? 'integer' : formByType[type]) {
    case 'object':
      return readMap(slot, record);
    case 'boolean':
      return (values, reads) => {
        if (record) reads.attribute(slot);
        const value = values[slot];
        return typeof value === 'boolean' ? value : undefined;
      };
    case 'number':
      return (values, reads) => {
        if (record) reads.attribute(slot);
        const value = values[slot];
        return typeof value === 'number' ? value : undefined;
      };
    case 'integer':
      return (values, reads) => {
        if (record) reads.attribute(slot);
        const value = values[slot];
        return typeof value === 'number' || typeof value === 'bigint' ? value : undefined;
      };
    case 'string':
      return (values, reads) => {
        if (record) reads.attribute(slot);
        const value = values[slot];
        return typeof value === 'string' ? value : undefined;
      };
  }
}

function readMap(slot: number, record: boolean): Closure {
  return (values, reads) => {
    if (record) reads.whole(slot);
    const value = values[slot];
    return typeof value === 'object' ? value : undefined;
  };
}

/** `attribute == constant`, where equal values are identical. */
export function attributeEquals(slot: number, type: ValueType, constant: Value, record: boolean): Closure {
  const form = formByType[type];
  if (form === 'string') {
    return record
      ? (values, reads) => {
          reads.attribute(slot);
          const value = values[slot];
          return value === constant || (typeof value === 'string' ? false : undefined);
        }
      : values => {
          const value = values[slot];
          return value === constant || (typeof value === 'string' ? false : undefined);
        };
  }
  const read = readAttribute(slot, type, record);
  return (values, reads) => {
    const value = read(values, reads);
    return value === undefined ? undefined : value === constant;
  };
}

/** `map["key"]`: an absent key of a present map is empty. */
export function readKey(slot: number, key: string, record: boolean): Closure {
  return record
    ? (values, reads) => {
        reads.key(slot, key);
        return keyOf(values[slot], key);
      }
    : values => keyOf(values[slot], key);
}

function keyOf(map: Value | undefined, key: string): string | undefined {
  if (typeof map !== 'object') return undefined;
  const value: unknown = (map as StringMap)[key];
  return typeof value === 'string' ? value : value === undefined ? '' : undefined;
}

/** `map["key"] == constant`. */
export function keyEquals(slot: number, key: string, constant: Value, record: boolean): Closure {
  return record
    ? (values, reads) => {
        reads.key(slot, key);
        return keyIs(values[slot], key, constant);
      }
    : values => keyIs(values[slot], key, constant);
}

function keyIs(map: Value | undefined, key: string, constant: Value): boolean | undefined {
  if (typeof map !== 'object') return undefined;
  const value: unknown = (map as StringMap)[key];
  if (value === constant) return true;
  return typeof value === 'string' ? false : value === undefined ? constant === '' : undefined;
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
  return (values, reads) => {
    if (record) reads.key(slot, key);
    const map = values[slot];
    if (typeof map !== 'object') return map === undefined ? absent : undefined;
    const value: unknown = (map as StringMap)[key];
    return typeof value === 'string' ? value : absent;
  };
}
