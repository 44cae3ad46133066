import {
  Bag,
  type Reference,
  type StringMap,
  stringMap,
  type Value,
  Vocabulary,
  valueTypes,
} from '@krater/mixer';
import fc from 'fast-check';
import { type CheckReply, type CheckRequest, globalWords } from '../../src/index.ts';

/** Messages of every kind at random: every type, absent and extreme values, names and keys that trip careless code. */

/** How many cases a property tries: `FUZZ_CASES` where a longer run is wanted. */
export const cases = Number(process.env['FUZZ_CASES'] ?? 2_000);

/** Half a surrogate pair, which a string may hold and UTF-8 cannot. */
const halves = fc.integer({ min: 0xd800, max: 0xdfff }).map(code => String.fromCharCode(code));
export const text: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom('', 'a', '__proto__', 'constructor', 'toString', '\u0000', '\ufffd', '\ufeff', 'ä', '😀'),
  fc.constantFrom(...globalWords),
  fc.string({ maxLength: 100 }),
  fc.string({ unit: 'binary', maxLength: 50 }),
  fc.string({ unit: halves, maxLength: 3 }),
);
const name = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...globalWords) },
  { weight: 1, arbitrary: fc.constantFrom('__proto__', 'constructor', 'own.name', 'ä.name', '') },
);

const safe = fc.maxSafeInteger();
const milliseconds = fc.oneof(
  fc.constantFrom(0, 0.001, 1, 999.999, 5_000),
  fc.integer({ min: 0, max: 2 ** 50 }).map(microseconds => microseconds / 1_000),
);
const octet = fc.integer({ min: 0, max: 255 });
const ip = fc.oneof(
  fc.constantFrom('0.0.0.0', '255.255.255.255', '::', '::1', '2001:db8::1', 'ff02::1:ff00:0', '1:0:0:2::3'),
  fc.tuple(octet, octet, octet, octet).map(octets => octets.join('.')),
);
/** No two keys that become the same on their way: nobody says which of them counts. */
const map: fc.Arbitrary<StringMap> = fc
  .uniqueArray(fc.tuple(text, text), { selector: ([key]) => key.toWellFormed(), maxLength: 5 })
  .map(entries => stringMap(entries));

const valuesByType: { readonly [type: string]: fc.Arbitrary<Value> } = {
  INT64: fc.oneof(
    safe,
    fc.constantFrom(
      0,
      127,
      128,
      2 ** 28,
      2 ** 31,
      2 ** 32,
      -1,
      2n ** 53n,
      -(2n ** 53n),
      2n ** 63n - 1n,
      -(2n ** 63n),
    ),
    fc.bigInt({ min: 2n ** 53n, max: 2n ** 63n - 1n }),
  ),
  DOUBLE: fc.double(),
  BOOL: fc.boolean(),
  TIMESTAMP: fc.oneof(safe, fc.constantFrom(0, -1, -1_000_001, 1_900_000_000_123_456)),
  DURATION: fc.oneof(safe, fc.constantFrom(0, -1, -1_000_001, 19_000)),
  IP_ADDRESS: ip,
  STRING_MAP: map,
};

const vocabulary = fc
  .uniqueArray(fc.tuple(name, fc.constantFrom(...valueTypes)), { selector: ([name]) => name, maxLength: 12 })
  .map(
    names =>
      new Vocabulary(names.map(([name, type]) => ({ name, type, description: '', available: 'check' }))),
  );

function bagOver(vocabulary: Vocabulary): fc.Arbitrary<Bag> {
  const values = vocabulary.declarations.map(({ type }) =>
    fc.option(valuesByType[type] ?? text, { nil: undefined, freq: 4 }),
  );
  return fc.tuple(...values).map(values => {
    const bag = new Bag(vocabulary);
    for (const [slot, value] of values.entries()) bag.set(slot, value);
    return bag;
  });
}

export const bag: fc.Arbitrary<Bag> = vocabulary.chain(bagOver);
export const bags: fc.Arbitrary<readonly Bag[]> = vocabulary.chain(one =>
  fc.array(bagOver(one), { maxLength: 5 }),
);

const client = fc.option(fc.record({ id: fc.string({ minLength: 1, maxLength: 40 }) }), { nil: undefined });
const amount = fc.integer({ min: -10, max: 2 ** 40 });
const wellFormed = text.map(one => one.toWellFormed());
const id = fc.string({ maxLength: 20 });

export const checkRequest: fc.Arbitrary<CheckRequest> = fc.record({
  bag,
  quotas: fc.dictionary(id, fc.record({ amount, bestEffort: fc.boolean() }), { maxKeys: 3 }),
  dedupId: wellFormed,
  globalWords: fc.constantFrom(0, 1, 94, 111, 203, globalWords.length),
  client,
  leases: fc.array(
    fc.record({
      handler: id,
      quota: id,
      dimensions: fc.constantFrom('{}', '{"user":"ä"}'),
      amount,
      holding: amount,
    }),
    { maxLength: 3 },
  ),
  refill: fc.boolean(),
});

const status = fc.record({
  code: fc.constantFrom('OK', 'PERMISSION_DENIED', 'RESOURCE_EXHAUSTED', 'UNAUTHENTICATED'),
  message: wellFormed,
});
const standing = fc.record({ limit: amount, remaining: amount, resetAfter: milliseconds });
const operations = fc.array(
  fc.record({
    operation: fc.constantFrom('replace', 'append', 'remove'),
    name: wellFormed,
    value: wellFormed,
  }),
  { maxLength: 3 },
);
const dimensions = fc.dictionary(id, fc.oneof(id, fc.integer(), fc.boolean()), { maxKeys: 3 });
const charge = fc.record(
  {
    quota: id,
    handler: id,
    amount,
    dimensions,
    onError: fc.constantFrom('allow', 'deny'),
    lease: fc.record({ amount: fc.integer({ min: 1, max: 2 ** 40 }), duration: milliseconds }),
  },
  { requiredKeys: ['quota', 'handler', 'amount', 'dimensions', 'onError'] },
);
const extension = fc.record(
  {
    decision: id,
    node: id,
    snapshot: id,
    epochs: fc.array(fc.record({ handler: id, epoch: fc.nat() }), { maxLength: 3 }),
    charges: fc.array(charge, { maxLength: 3 }),
    standing,
    retryAfter: milliseconds,
  },
  { requiredKeys: ['decision', 'node', 'snapshot', 'epochs', 'charges'] },
);

/** What a bag's attributes could have been referred to as. */
function referencesTo({ declarations }: Vocabulary): fc.Arbitrary<readonly Reference[]> {
  if (declarations.length === 0) return fc.constant([]);
  const reference = fc.constantFrom(...declarations).chain(({ name, type }) => {
    const known = { name: fc.constant(name), present: fc.boolean() };
    if (type !== 'STRING_MAP') return fc.record(known) as fc.Arbitrary<Reference>;
    return fc.oneof(
      fc.record(known),
      fc.record({ ...known, key: wellFormed }),
      fc.record({ name: known.name, present: fc.constant(true), whole: fc.constant(true) }),
    ) as fc.Arbitrary<Reference>;
  });
  return fc.array(reference, { maxLength: 8 });
}

/** An answer, with the vocabulary over which it was given. */
export const checkReply: fc.Arbitrary<{ readonly reply: CheckReply; readonly vocabulary: Vocabulary }> =
  vocabulary.chain(vocabulary =>
    fc.record({
      vocabulary: fc.constant(vocabulary),
      reply: fc.record(
        {
          status,
          validity: fc.record({
            duration: fc.oneof(milliseconds, fc.constant(Infinity)),
            uses: fc.oneof(fc.nat(), fc.constant(Infinity)),
          }),
          references: referencesTo(vocabulary),
          requestHeaders: operations,
          responseHeaders: operations,
          directResponse: fc.record(
            {
              code: fc.integer({ min: 100, max: 599 }),
              body: wellFormed,
              headers: fc.dictionary(id, id, { minKeys: 1, maxKeys: 3 }),
            },
            { requiredKeys: ['code'] },
          ),
          quotas: fc.dictionary(
            id,
            fc.record({ granted: amount, status, standing }, { requiredKeys: ['granted', 'status'] }),
            { maxKeys: 3 },
          ),
          krater: extension,
        },
        {
          requiredKeys: [
            ...(['status', 'validity', 'references', 'requestHeaders', 'responseHeaders'] as const),
            ...(['quotas', 'krater'] as const),
          ],
        },
      ),
    }),
  ) as fc.Arbitrary<{ readonly reply: CheckReply; readonly vocabulary: Vocabulary }>;
