import { RE2JS, RE2Set } from 're2js';
import { type AddressRange, parseRange } from './address.ts';
import { AddressSet } from './address-set.ts';

export type ListType = 'strings' | 'case-insensitive' | 'cidr' | 'regex';

/** Entries that are none of the list's type. */
export interface Mistake {
  readonly index: number;
  readonly message: string;
}

export interface Matcher {
  readonly size: number;
  readonly mistakes: readonly Mistake[];
  /** Whether a value is listed; undefined if it is none of the list's type. */
  listed(value: string): boolean | undefined;
}

/** Builds the look-up for a list. All of its types are looked up in time that does not grow with the list, or only by its logarithm. */
export function buildMatcher(type: ListType, entries: readonly string[]): Matcher {
  return { size: entries.length, ...builders[type](entries) };
}

const builders: Record<ListType, (entries: readonly string[]) => Omit<Matcher, 'size'>> = {
  strings(entries) {
    const set = new Set(entries);
    return { mistakes: [], listed: value => set.has(value) };
  },

  'case-insensitive'(entries) {
    const set = new Set(entries.map(entry => entry.toLowerCase()));
    return { mistakes: [], listed: value => set.has(value.toLowerCase()) };
  },

  cidr(entries) {
    const ranges: AddressRange[] = [];
    const mistakes: Mistake[] = [];
    for (const [index, entry] of entries.entries()) {
      const range = parseRange(entry);
      if (range !== undefined) ranges.push(range);
      else
        mistakes.push({ index, message: `${shown(entry)} is no address and no range such as "10.0.0.0/8"` });
    }
    const set = new AddressSet(ranges);
    return { mistakes, listed: value => set.has(value) };
  },

  /** One automaton for all expressions, in time linear in the value. */
  regex(entries) {
    const set = new RE2Set(RE2Set.UNANCHORED);
    const mistakes: Mistake[] = [];
    for (const [index, entry] of entries.entries()) {
      try {
        RE2JS.compile(entry);
        set.add(entry);
      } catch (error) {
        mistakes.push({
          index,
          message: `${shown(entry)} is no regular expression: ${(error as Error).message}`,
        });
      }
    }
    const empty = entries.length === mistakes.length;
    if (!empty) set.compile();
    return { mistakes, listed: value => !empty && set.match(value).length > 0 };
  },
};

/** A value in a message: quoted and bounded. */
export function shown(value: string): string {
  return JSON.stringify(value.length > 100 ? `${value.slice(0, 100)}…` : value);
}
