import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Read, Reads } from '../../src/expression/reads.ts';
import { type Bag, type Decision, deny, type Mixer, stringMap } from '../../src/index.ts';
import { configured, rule } from './configured.ts';

const test = suite('cached keys');

const runs = Math.min(Number(process.env['FUZZ_CASES'] ?? 2_000), 5_000);

// Few values, so that clauses often hold and a change often matters.
const text = fc.constantFrom('a', 'b', 'c');
const names = ['destination.service.name', 'source.user', 'request.path', 'request.method'] as const;
const leaf = fc.oneof(
  fc.tuple(fc.constantFrom(...names), text).map(([name, value]) => `${name} == "${value}"`),
  fc
    .tuple(fc.constantFrom(...names), fc.constantFrom(...names))
    .map(([a, b]) => `(${a} | ${b} | "b") == "a"`),
  fc.tuple(text, text).map(([key, value]) => `request.headers["${key}"] == "${value}"`),
  fc.tuple(text, text).map(([key, value]) => `(request.headers["${key}"] | "c") == "${value}"`),
  fc.tuple(fc.constantFrom(...names), text).map(([name, value]) => `request.headers[${name}] == "${value}"`),
  fc.tuple(fc.constantFrom(...names), text).map(([name, value]) => `!(${name} == "${value}")`),
);
const { match } = fc.letrec<{ match: string }>(tie => ({
  match: fc.oneof(
    { maxDepth: 3 },
    leaf,
    fc
      .tuple(tie('match'), fc.constantFrom('&&', '||'), tie('match'))
      .map(([a, operator, b]) => `(${a}) ${operator} (${b})`),
  ),
}));
const rules = fc.array(
  fc.record({
    match,
    onMissing: fc.constantFrom('skip', 'apply'),
    value: fc.constantFrom(...names, 'request.headers["a"] | "x"', 'source.labels'),
    refuses: fc.boolean(),
  }),
  { minLength: 1, maxLength: 6 },
);
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const map = optional(fc.dictionary(text, text));
const attributes = fc.record({
  texts: fc.tuple(...names.map(() => optional(text))),
  headers: map,
  labels: map,
});

type Attributes = typeof attributes extends fc.Arbitrary<infer A> ? A : never;

function bagOf(mixer: Mixer, { texts, headers, labels }: Attributes): Bag {
  const bag = mixer.bag();
  for (const [index, name] of names.entries()) bag.put(name, texts[index]);
  return bag
    .put('request.headers', headers && stringMap(headers))
    .put('source.labels', labels && stringMap(labels));
}

async function mixerOf(drafts: typeof rules extends fc.Arbitrary<infer R> ? R : never) {
  const yaml = drafts.map(({ match, onMissing, value, refuses }, index) => {
    return rule(
      `r${index}`,
      `match: '${match}'\nonMissing: ${onMissing}\nactions:\n- handler: { adapter: probe, params: { label: ${refuses ? 'refuses' : 'allows'}-${index} } }\n  instances: [{ name: entry, template: listentry, params: { value: '${value}' } }]`,
    );
  });
  const { mixer, probes } = await configured(yaml.join(''));
  for (const index of drafts.keys()) {
    probes.behaviour.set(`refuses-${index}`, () => {
      const { value } = probes.checked.at(-1) as { value: unknown };
      return deny(`${index} ${JSON.stringify(value)}`);
    });
  }
  return mixer;
}

/** Random clauses may contradict each other, which is refused at load. */
function onlyContradictions(error: { problems?: { code: string }[] }): undefined {
  if (!error.problems?.every(({ code }) => code === 'MATCH_NEVER')) throw error;
}

/** What a cache would hand out: verdict and message. */
const verdict = ({ status }: Decision) => `${status.code} ${status.message}`;

/** Keeps of `other` only what the decision did not refer to: a bag whose cached answer would be this decision's. */
function agreeing(bag: Bag, other: Bag, decision: Decision): Bag {
  const mixed = other.over(other.vocabulary);
  for (const { name, key, present, whole } of decision.references()) {
    const slot = bag.vocabulary.slotOf(name) as number;
    const mine = bag.values[slot];
    const theirs = mixed.values[slot];
    if (key !== undefined) {
      const changed: Record<string, string> = { ...(theirs as object) };
      const value = (mine as Record<string, string>)[key];
      if (present && value !== undefined) changed[key] = value;
      else delete changed[key];
      mixed.values[slot] = stringMap(changed);
    } else if (typeof mine === 'object' && whole !== true) {
      mixed.values[slot] = theirs ?? stringMap({});
    } else mixed.values[slot] = mine;
  }
  return mixed;
}

/** Looks for two bags that agree on everything the first decision referred to, and are decided differently. */
async function unsoundness(): Promise<unknown> {
  const property = fc.asyncProperty(rules, attributes, attributes, async (drafts, one, two) => {
    const mixer = await mixerOf(drafts).catch(onlyContradictions);
    if (mixer === undefined) return true;
    const bag = bagOf(mixer, one);
    const decision = await mixer.check(bag);
    const other = await mixer.check(agreeing(bag, bagOf(mixer, two), decision));
    await mixer.close();
    return verdict(decision) === verdict(other);
  });
  const { failed, errorInstance, counterexample } = await fc.check(property, {
    numRuns: runs,
    endOnFailure: true,
  });
  if (failed && errorInstance instanceof Error && !/returning false/.test(errorInstance.message))
    throw errorInstance;
  return failed ? counterexample : undefined;
}

test('changing what a decision did not refer to never changes it', async () => {
  assert.is(await unsoundness(), undefined);
});

/** Faults that a tracker could have: what it makes of the reads it is told. */
const faults: Record<string, (reads: readonly Read[], earlier: number) => readonly Read[]> = {
  'forgets attributes in every other slot': reads => reads.filter(({ slot }) => slot % 2 === 0),
  'forgets keys of maps': reads => reads.map(({ slot }) => ({ slot })),
  'takes whole maps for their presence': reads => reads.map(({ whole: _, ...read }) => read),
  'forgets that a map was looked at': reads => reads.filter(({ key }) => key === undefined),
  'remembers only what is read first': (reads, earlier) => (earlier === 0 ? reads : []),
};

for (const [fault, distort] of Object.entries(faults)) {
  test(`a tracker that ${fault} is caught`, async () => {
    const { add, clear } = Reads.prototype;
    const told = new WeakMap<Reads, number>();
    try {
      Reads.prototype.add = function (reads) {
        const earlier = told.get(this) ?? 0;
        told.set(this, earlier + 1);
        add.call(this, distort(reads, earlier));
      };
      Reads.prototype.clear = function () {
        told.delete(this);
        clear.call(this);
      };
      assert.is.not(await unsoundness(), undefined);
    } finally {
      Object.assign(Reads.prototype, { add, clear });
    }
  });
}

test.run();
