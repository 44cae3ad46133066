import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DimensionIndex } from '../../src/limiter/dimension-index.ts';

const test = suite('dimension index');
const numRuns = Number(process.env['FUZZ_CASES'] ?? 2_000);

const text = fc.oneof(
  fc.string({ maxLength: 6 }),
  fc.constantFrom('', ':', ';', '1:a', '\0', '__proto__', 'constructor', '0'),
);
const dimensions = fc.uniqueArray(fc.tuple(text, fc.oneof(text, fc.integer(), fc.boolean())), {
  maxLength: 4,
  selector: ([name]) => name,
});
type Entries = readonly (readonly [string, unknown])[];
const asMap = (entries: Entries) => {
  const map: Record<string, unknown> = Object.create(null);
  for (const [name, value] of entries) map[name] = value;
  return map;
};
const canonical = (entries: Entries) => JSON.stringify(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));

test('keeps combinations of dimensions apart, whatever their texts contain and in whatever order they come', () =>
  fc.assert(
    fc.property(fc.array(fc.tuple(dimensions, fc.boolean()), { maxLength: 12 }), operations => {
      const index = new DimensionIndex<object>();
      const model = new Map<string, { readonly thing: object; readonly remove: () => void }>();
      for (const [entries, removed] of operations) {
        const key = canonical(entries);
        assert.is(index.get(asMap(entries.toReversed())), model.get(key)?.thing);
        if (removed) {
          model.get(key)?.remove();
          model.delete(key);
        } else if (!model.has(key)) {
          const thing = {};
          model.set(key, { thing, remove: index.set(asMap(entries), thing) });
        }
        for (const [other, { thing }] of model) assert.is(index.get(asMap(JSON.parse(other))), thing);
      }
    }),
    { numRuns: Math.ceil(numRuns / 4) },
  ));

test.run();
