import type { Reference, StringMap, Value, Vocabulary } from '@krater/mixer';
import { namespaceAttribute } from './addressed.ts';

/** Of what kind a part is: an attribute's value or, of a map, what is under a key, all of it, or whether it is there. */
const kinds = { namespace: 0, value: 1, entry: 2, whole: 3, presence: 4 } as const;

/** One thing that a decision depended on. */
interface Part {
  readonly kind: (typeof kinds)[keyof typeof kinds];
  readonly slot: number;
  /** Of an entry. */
  readonly key: string;
}

type Values = readonly (Value | undefined)[];

/**
 * What decisions depended on, and what a request has for each part of it. Two requests are the same for these decisions
 * exactly if they have the same for every part, where `undefined` (absent) is a value like others.
 *
 * The namespace, which selects the rules, is always the first part; references to it are the same part.
 */
export class CheckKey {
  readonly parts: readonly Part[];
  /** The same for the same parts. */
  readonly id: string;

  constructor(parts: readonly Part[], vocabulary: Vocabulary) {
    const slot = vocabulary.slotOf(namespaceAttribute) ?? -1;
    const once = new Map(parts.map(part => [`${part.slot} ${part.kind} ${part.key}`, part]));
    const others = [...once].filter(([, part]) => part.slot !== slot).sort(([a], [b]) => (a < b ? -1 : 1));
    this.parts = [{ kind: kinds.namespace, slot, key: '' }, ...others.map(([, part]) => part)];
    this.id = JSON.stringify(others.map(([id]) => id));
  }

  /** Undefined where an answer depended on an attribute that this client cannot see. */
  static of(references: readonly Reference[], vocabulary: Vocabulary): CheckKey | undefined {
    const parts: Part[] = [];
    for (const { name, key, present, whole } of references) {
      const slot = vocabulary.slotOf(name);
      if (slot === undefined) {
        if (present) return undefined;
        continue;
      }
      if (key !== undefined) parts.push({ kind: kinds.entry, slot, key });
      else if (!isMap(vocabulary, slot)) parts.push({ kind: kinds.value, slot, key: '' });
      else parts.push({ kind: whole ? kinds.whole : kinds.presence, slot, key: '' });
    }
    return new CheckKey(parts, vocabulary);
  }

  /** Everything that any of these depends on. */
  static union(keys: readonly CheckKey[], vocabulary: Vocabulary): CheckKey {
    return new CheckKey(
      keys.flatMap(({ parts }) => parts),
      vocabulary,
    );
  }

  /** Everything there is. */
  static whole(vocabulary: Vocabulary): CheckKey {
    const parts = vocabulary.declarations.map((_, slot) => {
      return { kind: isMap(vocabulary, slot) ? kinds.whole : kinds.value, slot, key: '' };
    });
    return new CheckKey(parts, vocabulary);
  }

  /** `namespace` is the listener's, for requests that do not say themselves where they are bound. */
  valueAt(index: number, values: Values, namespace: string | undefined): unknown {
    const { kind, slot, key } = this.parts[index] as Part;
    const value = values[slot];
    if (kind === kinds.value) return value;
    if (kind === kinds.namespace) return value ?? namespace;
    // A value of the wrong type, which no rule can read, is like no map.
    if (typeof value !== 'object') return value;
    if (kind === kinds.entry) return value[key];
    return kind === kinds.whole ? entriesOf(value) : true;
  }

  /** To be kept: nothing of the request hangs on it. */
  valuesOf(values: Values, namespace: string | undefined): readonly unknown[] {
    return this.parts.map((_, index) => detached(this.valueAt(index, values, namespace)));
  }

  /** As one text, which is the same exactly for the same requests. */
  textOf(values: Values, namespace: string | undefined): string {
    let text = '';
    for (let index = 0; index < this.parts.length; index++) {
      const value = this.valueAt(index, values, namespace);
      text += typeof value === 'string' ? `${value.length};${value}` : `${typeof value} ${String(value)};`;
    }
    return text;
  }
}

function isMap({ declarations }: Vocabulary, slot: number): boolean {
  return declarations[slot]?.type === 'STRING_MAP';
}

/** The exact key set and all values, as one text. */
function entriesOf(map: StringMap): string {
  return JSON.stringify(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** A text that was cut out of a longer one keeps that in memory: a header's value, the whole head. */
function detached(value: unknown): unknown {
  return typeof value === 'string' && value.length > 12 ? JSON.parse(JSON.stringify(value)) : value;
}
