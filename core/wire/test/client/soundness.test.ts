// limit: 300 s
import { type Bag, dimensionsKey, type Outcome, type Validity } from '@krater/mixer';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { CheckCache } from '../../src/client/check-cache.ts';
import { CheckKey } from '../../src/client/check-key.ts';
import { KnownMixers } from '../../src/client/known-mixers.ts';
import { policies, put, type Request, requests } from './random-policy.ts';
import { checks, type Rig, rule, startRig } from './rig.ts';

const test = suite('cached answers');

const runs = Math.min(Number(process.env['FUZZ_CASES'] ?? 2_000), 20_000) / 10;

/** Some requests, a policy, and then what comes to pass. */
const histories = fc.record({
  pool: fc.array(requests, { minLength: 3, maxLength: 12 }),
  policy: policies,
  steps: fc.array(
    fc.oneof(
      { weight: 16, arbitrary: fc.record({ request: fc.nat() }) },
      { weight: 1, arbitrary: fc.record({ policy: policies }) },
      { weight: 1, arbitrary: fc.record({ mood: fc.nat() }) },
    ),
    { minLength: 10, maxLength: 60 },
  ),
});

/** All that a cache hands out, but grants. */
function shown({ status, requestHeaders, responseHeaders, directResponse, charges }: Outcome): string {
  const charged = charges.map(({ quota, handler, amount, dimensions, onError }) => {
    return { quota, handler, amount, dimensions: dimensionsKey(dimensions), onError };
  });
  return JSON.stringify({ status, requestHeaders, responseHeaders, directResponse, charges: charged });
}

/** Refuses about a third of all values, and others in another mood. */
function moody(mood: number): (text: string) => boolean {
  return text => {
    let hash = mood % 1_000;
    for (const character of text) hash = (hash * 31 + character.charCodeAt(0)) % 1_009;
    return hash % 3 === 0;
  };
}

/** Random clauses may contradict each other, which is refused at load. */
async function reload(rig: Rig, policy: string): Promise<boolean> {
  try {
    await rig.reload(policy);
    // The client may go back to a configuration that it left only after a while.
    rig.ambient.skip(10_000);
    return true;
  } catch {
    return false;
  }
}

/** Looks for a history in which an answer of the client is not the one that the Mixer gives in that moment. */
async function unsoundness(
  rig: Rig,
  numRuns = runs,
): Promise<{ readonly found: unknown; readonly hits: number }> {
  const before = rig.client.metrics().cache.hits;
  rig.probes.validity = { duration: 3_600_000 };
  rig.probes.refuses = moody(0);
  const property = fc.asyncProperty(histories, async ({ pool, policy, steps }) => {
    if (!(await reload(rig, policy))) return true;
    for (const step of steps) {
      if ('policy' in step) await reload(rig, step.policy);
      else if ('mood' in step) await rig.change(() => (rig.probes.refuses = moody(step.mood)));
      else {
        const bag: Bag = put(rig.client.bag(), pool[step.request % pool.length] as Request);
        const fresh = await rig.mixer.check(bag);
        // Twice: the second is a hit, or else the first was one.
        for (let round = 0; round < 2; round++)
          if (shown(await rig.client.check(bag)) !== shown(fresh)) return false;
      }
    }
    return true;
  });
  const { failed, errorInstance, counterexample } = await fc.check(property, {
    numRuns,
    endOnFailure: true,
  });
  if (failed && errorInstance instanceof Error && !/returning false/.test(errorInstance.message))
    throw errorInstance;
  return { found: failed ? counterexample : undefined, hits: rig.client.metrics().cache.hits - before };
}

const rigOptions = { config: '', client: { timeout: 5_000 } };

test('are what the Mixer would answer in that moment, whatever the rules, requests and changes', async () => {
  await using rig = await startRig(rigOptions);
  const { found, hits } = await unsoundness(rig);
  assert.is(found, undefined);
  assert.ok(hits > runs * 10, `${hits} hits`);
});

/** Replaces a method until the test ends. */
function replace<T extends object, K extends keyof T>(
  owner: T,
  name: K,
  make: (real: T[K]) => T[K],
): () => void {
  const real = owner[name];
  owner[name] = make(real);
  return () => {
    owner[name] = real;
  };
}

/** Faults that a cache could have. */
const faults: Readonly<Record<string, () => () => void>> = {
  'forgets every fourth reference': () =>
    replace(
      CheckKey,
      'of',
      real => (references, vocabulary) =>
        real.call(
          CheckKey,
          references.filter((_, index) => index % 4 !== 3),
          vocabulary,
        ),
    ),
  'forgets what was absent': () =>
    replace(
      CheckKey,
      'of',
      real => (references, vocabulary) =>
        real.call(
          CheckKey,
          references.filter(({ present }) => present),
          vocabulary,
        ),
    ),
  'takes absent for empty': () =>
    replace(
      CheckKey.prototype,
      'valueAt',
      real =>
        function (this: CheckKey, ...args) {
          return real.apply(this, args) ?? '';
        },
    ),
  'takes whole maps for their presence': () =>
    replace(
      CheckKey,
      'of',
      real => (references, vocabulary) =>
        real.call(
          CheckKey,
          references.map(({ whole: _, ...reference }) => reference),
          vocabulary,
        ),
    ),
  'compares whole maps by the number of their keys': () =>
    replace(
      CheckKey.prototype,
      'valueAt',
      real =>
        function (this: CheckKey, ...args) {
          const value = real.apply(this, args);
          return typeof value === 'string' && value.startsWith('[[') ? value.split('],[').length : value;
        },
    ),
  'forgets the keys of maps': () =>
    replace(
      CheckKey,
      'of',
      real => (references, vocabulary) =>
        real.call(
          CheckKey,
          references.filter(({ key }) => key === undefined),
          vocabulary,
        ),
    ),
  'compares texts by a hash that collides': () =>
    replace(
      CheckKey.prototype,
      'valueAt',
      real =>
        function (this: CheckKey, ...args) {
          const value = real.apply(this, args);
          return typeof value === 'string' ? value.length : value;
        },
    ),
  'ignores the content hash': () =>
    replace(
      KnownMixers.prototype,
      'holds',
      () =>
        function (this: KnownMixers, { mixer, epochs }) {
          return epochs.every(({ handler, epoch }) => (mixer.epochs.get(handler) ?? 0) <= epoch);
        },
    ),
  'ignores epochs': () =>
    replace(
      KnownMixers.prototype,
      'holds',
      real =>
        function (this: KnownMixers, basis) {
          return real.call(this, { ...basis, epochs: [] });
        },
    ),
  'checks only once whether an answer still holds': () => {
    const known = new WeakSet<object>();
    return replace(
      KnownMixers.prototype,
      'holds',
      real =>
        function (this: KnownMixers, basis) {
          if (known.has(basis.epochs)) return true;
          const holds = real.call(this, basis);
          if (holds) known.add(basis.epochs);
          return holds;
        },
    );
  },
};

for (const [fault, seed] of Object.entries(faults)) {
  test(`a cache that ${fault} is caught`, async () => {
    await using rig = await startRig(rigOptions);
    const restore = seed();
    try {
      // The search ends with the first it finds; for the rarest it takes longer.
      assert.is.not((await unsoundness(rig, runs * 10)).found, undefined);
    } finally {
      restore();
    }
  });
}

/** What of an answer's validity a cache does not keep to. */
async function breaches(): Promise<readonly string[]> {
  const config = rule('a', checks('request.headers["user"] | "nobody"'));
  await using rig = await startRig({ config, client: { timeout: 5_000 } });
  const { probes, client, ambient } = rig;
  const asked = async (user: string, validity: Partial<Validity>, times: number, pause = 0) => {
    probes.validity = validity;
    const before = probes.checked.length;
    for (let round = 0; round < times; round++) {
      await client.check(client.bag().put('request.headers', { user }));
      ambient.skip(pause);
    }
    return probes.checked.length - before;
  };
  const found: string[] = [];
  if ((await asked('a', { uses: 2, duration: 60_000 }, 6)) !== 2) found.push('uses');
  if ((await asked('b', { duration: 1_000 }, 3, 1_000)) !== 3) found.push('duration');
  if ((await asked('c', { duration: 0, uses: 0 }, 3)) !== 3) found.push('do not cache');
  return found;
}

test('are used as often and as long as they say', async () => {
  assert.equal(await breaches(), []);
});

const lasting = (validity: Partial<Validity>) => () =>
  replace(
    CheckCache.prototype,
    'keep',
    real =>
      function (this: CheckCache, request, reply, ...rest) {
        return real.call(this, request, { ...reply, validity: { ...reply.validity, ...validity } }, ...rest);
      },
  );

for (const [what, seed] of Object.entries({
  uses: lasting({ uses: 10_000 }),
  duration: lasting({ duration: 60_000 }),
  'do not cache': lasting({ uses: 10_000, duration: 60_000 }),
})) {
  test(`a cache that ignores "${what}" is caught`, async () => {
    const restore = seed();
    try {
      assert.ok((await breaches()).includes(what));
    } finally {
      restore();
    }
  });
}

test.run();
