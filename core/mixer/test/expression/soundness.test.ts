import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Read } from '../../src/expression/recorded-reads.ts';
import { Bag, compileExpression, Reads, type Reference, stringMap, type Value } from '../../src/index.ts';
import { bag, cases, condition, isMap, mapping, textual, vocabulary } from './random.ts';

const test = suite('references say everything that a value depended on');

/** Another request that agrees with the first in everything that is referenced, and in nothing else by intent. */
function agreeing(first: Bag, other: Bag, references: readonly Reference[]): Bag {
  const mixed = new Bag(vocabulary);
  for (const [slot, value] of other.values.entries()) mixed.set(slot, value);
  for (const { name, key, present, whole } of references) {
    const slot = vocabulary.slotOf(name) as number;
    const original = first.values[slot];
    if (key !== undefined) continue;
    if (!present) mixed.set(slot, undefined);
    else if (!isMap(original) || whole) mixed.set(slot, original);
    else if (!isMap(mixed.values[slot])) mixed.set(slot, stringMap([]));
  }
  for (const { name, key } of references) {
    const slot = vocabulary.slotOf(name) as number;
    const [original, map] = [first.values[slot], mixed.values[slot]];
    if (key === undefined || !isMap(original) || !isMap(map)) continue;
    const entries = Object.entries(map).filter(([known]) => known !== key);
    const value = original[key];
    mixed.set(slot, stringMap(value === undefined ? entries : [...entries, [key, value]]));
  }
  return mixed;
}

/** The property: changing what is not referenced never changes the value. */
function soundness(recorderFor: (bag: Bag) => Reads) {
  return fc.property(fc.oneof(condition, textual, mapping), bag, bag, (source, first, other) => {
    const compiled = compileExpression(source, vocabulary, { badConstants: 'evaluated' });
    if (!compiled.ok) throw new Error(compiled.problems[0]?.message);
    const reads = recorderFor(first);
    const value = compiled.expression.evaluate(first, reads);
    const second = agreeing(first, other, reads.references(first));
    assert.equal(compiled.expression.evaluate(second), value as Value, source);
  });
}

test('changing any attribute that is not referenced never changes the value', () => {
  fc.assert(
    soundness(() => new Reads()),
    { numRuns: cases },
  );
});

/** Recorders with one mistake each. */
const faulty: Readonly<Record<string, (bag: Bag) => Reads>> = {
  'forgets absent attributes': bag =>
    new (class extends Reads {
      override add(reads: readonly Read[]): void {
        super.add(reads.filter(({ slot }) => bag.values[slot] !== undefined));
      }
    })(),
  'forgets the keys of maps': () =>
    new (class extends Reads {
      override add(reads: readonly Read[]): void {
        super.add(reads.map(({ slot }) => ({ slot })));
      }
    })(),
  'forgets absent keys': () =>
    new (class extends Reads {
      override references(bag: Bag): readonly Reference[] {
        return super.references(bag).filter(({ key, present }) => key === undefined || present);
      }
    })(),
  'forgets keys that were computed': () =>
    new (class extends Reads {
      override key(slot: number): void {
        this.attribute(slot);
      }
    })(),
  'forgets that a map was there': () =>
    new (class extends Reads {
      override references(bag: Bag): readonly Reference[] {
        return super
          .references(bag)
          .filter(({ name, key, whole }) => key !== undefined || whole || !isMap(bag.get(name)));
      }
    })(),
  'takes a whole map for its presence': () =>
    new (class extends Reads {
      override add(reads: readonly Read[]): void {
        super.add(reads.map(({ whole: _, ...read }) => read));
      }
    })(),
  'stops after the first unknown operand': bag =>
    new (class extends Reads {
      #stopped = false;
      override add(reads: readonly Read[]): void {
        if (this.#stopped) return;
        super.add(reads);
        this.#stopped = reads.some(({ slot }) => bag.values[slot] === undefined);
      }
    })(),
  'forgets the second of two clauses noted together': () =>
    new (class extends Reads {
      override add(reads: readonly Read[]): void {
        super.add(reads.slice(0, 1));
      }
    })(),
};

for (const [fault, recorderFor] of Object.entries(faulty)) {
  test(`a recorder that ${fault} is caught`, () => {
    const { failed } = fc.check(soundness(recorderFor), { numRuns: 20_000, seed: 7, endOnFailure: true });
    assert.ok(failed, 'the property did not notice');
  });
}

test.run();
