import { PlainMap } from '@krater/mixer';

/** The only key of an object that stands for something JSON has not. */
const tag = '$';

/** What a tag says instead of a value, and back. An object that has the key itself is held as `{ $: [object] }`. */
const named: ReadonlyMap<unknown, string> = new Map<unknown, string>([
  [undefined, 'undefined'],
  [Number.POSITIVE_INFINITY, 'Infinity'],
  [Number.NEGATIVE_INFINITY, '-Infinity'],
  [Number.NaN, 'NaN'],
]);
const byName = new Map([...named].map(([value, name]) => [name, value]));

/**
 * A value as JSON can hold it: integers beyond 2^53, infinities and the like are tagged, what has no value (a function)
 * becomes undefined. What needs no change is not copied: most values are returned as they are.
 *
 * Hot path: once for every message; see spec/bench/isolation.ts.
 */
export function pack(value: unknown): unknown {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      return Number.isFinite(value) ? value : { [tag]: named.get(value) };
    case 'bigint':
      return { [tag]: `${value}n` };
    case 'object':
      return value === null ? null : Array.isArray(value) ? packList(value) : packMap(value);
    default:
      return { [tag]: 'undefined' };
  }
}

function packList(list: readonly unknown[]): readonly unknown[] {
  let copy: unknown[] | undefined;
  for (let index = 0; index < list.length; index++) {
    const packed = pack(list[index]);
    if (packed === list[index]) continue;
    copy ??= [...list];
    copy[index] = packed;
  }
  return copy ?? list;
}

function packMap(map: object): unknown {
  let copy: Record<string, unknown> | undefined;
  const entries = map as Record<string, unknown>;
  for (const key of Object.keys(map)) {
    const value = entries[key];
    const packed = pack(value);
    if (packed === value) continue;
    copy ??= Object.assign(new PlainMap(), entries) as Record<string, unknown>;
    if (value === undefined) delete copy[key];
    else copy[key] = packed;
  }
  const result = copy ?? entries;
  return Object.hasOwn(result, tag) ? { [tag]: [result] } : result;
}

/** Undoes {@link pack}. Maps come out without prototype, as the engine makes them. */
export function unpack(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) value[index] = unpack(value[index]);
    return value;
  }
  const held = value as Record<string, unknown>;
  if (Object.hasOwn(held, tag)) return untag(held[tag]);
  return unpackMap(held);
}

function unpackMap(held: Readonly<Record<string, unknown>>): unknown {
  const map: Record<string, unknown> = new PlainMap();
  for (const key of Object.keys(held)) map[key] = unpack(held[key]);
  return map;
}

function untag(told: unknown): unknown {
  if (Array.isArray(told)) return unpackMap(told[0] as Record<string, unknown>);
  const text = String(told);
  return byName.has(text) ? byName.get(text) : BigInt(text.slice(0, -1));
}
