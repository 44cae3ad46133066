// limit: 300 s
import { type Bag, type StringMap, statusCodes } from '@krater/mixer';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { policies, put, type Request, requests } from '../../core/wire/test/client/random-policy.ts';
import { type Rig, startRig } from '../../core/wire/test/client/rig.ts';
import { OldClient } from '../wire/old-client.ts';
import type { OldAttributes, OldValue } from '../wire/old-codec.ts';
import { baseWords, oldWords } from '../wire/old-words.ts';

const test = suite('what old clients keep');

const runs = Math.min(Number(process.env['FUZZ_CASES'] ?? 2_000), 10_000) / 20;

const histories = fc.record({
  pool: fc.array(requests, { minLength: 3, maxLength: 8 }),
  policy: policies,
  steps: fc.array(
    fc.oneof(
      { weight: 16, arbitrary: fc.record({ request: fc.nat() }) },
      { weight: 1, arbitrary: fc.record({ policy: policies }) },
    ),
    { minLength: 10, maxLength: 40 },
  ),
});

/** Looks for a history in which an old client has another answer than the Mixer; nobody tells it of changes. */
async function unsoundness(rig: Rig, { words = oldWords, patience = 1_001 }) {
  let now = 0;
  const { port } = rig.server.address as { port: number };
  const client = new OldClient(`127.0.0.1:${port}`, { words, now: () => now });
  const reload = async (policy: string) => {
    // Random clauses may contradict each other, which is refused at load.
    const { accepted } = await rig.mixer.reload(policy);
    // From then on no answer may be used that is older.
    if (accepted) now += patience;
    return accepted;
  };
  let hits = 0;
  const property = fc.asyncProperty(histories, async ({ pool, policy, steps }) => {
    if (!(await reload(policy))) return;
    for (const step of steps) {
      if ('policy' in step) {
        await reload(step.policy);
        continue;
      }
      const bag = put(rig.mixer.bag(), pool[step.request % pool.length] as Request);
      const { status, requestHeaders } = await rig.mixer.check(bag);
      const operations = requestHeaders.map(
        ({ operation, name, value }) => `${operation.toUpperCase()} ${name} ${value}`,
      );
      // Twice: the second is from the cache where the answer may be used again.
      for (let round = 0; round < 2; round++) {
        const answer = await client.check(attributesOf(bag));
        if (answer.isHit) hits++;
        assert.is(answer.code, statusCodes[status.code].number);
        assert.is(answer.message, status.message);
        assert.equal(answer.requestHeaders, operations);
      }
    }
  });
  const { failed, errorInstance } = await fc.check(property, { numRuns: runs, endOnFailure: true });
  client.close();
  return { failed, error: errorInstance, hits };
}

/** What a bag of texts, addresses and maps is to an old client. */
function attributesOf({ values, vocabulary }: Bag): OldAttributes {
  const attributes: Record<string, OldValue> = {};
  for (const [slot, value] of values.entries()) {
    if (value === undefined) continue;
    const { name, type } = vocabulary.declarations[slot] as { name: string; type: string };
    if (type === 'STRING_MAP') attributes[name] = { map: value as StringMap };
    else if (type === 'IP_ADDRESS')
      attributes[name] = { ip: addresses[value as string] as readonly number[] };
    else attributes[name] = value as string;
  }
  return attributes;
}

const addresses: Readonly<Record<string, readonly number[]>> = {
  '10.0.0.1': [10, 0, 0, 1],
  // In its IPv6 form, which is the same address.
  '10.0.0.2': [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 10, 0, 0, 2],
  '2001:db8::1': [0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
};

for (const words of [oldWords.length, baseWords]) {
  test(`is what the Mixer would answer, whatever the rules and requests, with ${words} words`, async () => {
    await using rig = await startRig({ config: '' });
    rig.probes.refuses = text => text.length % 3 === 0;
    rig.probes.validity = { duration: 3_600_000 };
    const { error, hits } = await unsoundness(rig, { words: oldWords.slice(0, words) });
    if (error !== null) throw error;
    assert.ok(hits > runs * 5, `${hits} hits`);
  });
}

test('is found to be wrong where it outlives a change by more than its second', async () => {
  await using rig = await startRig({ config: '' });
  rig.probes.refuses = text => text.length % 3 === 0;
  rig.probes.validity = { duration: 3_600_000 };
  assert.is((await unsoundness(rig, { patience: 0 })).failed, true);
});

test.run();
