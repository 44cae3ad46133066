import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AnyAdapter, createMixer, type Mixer, stringMap } from '@krater/mixer';
import { type RecordedLog, recordedLog } from '@krater/mixer/testing';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createIsolation } from '../src/index.ts';
import { serveAdapter } from '../src/serving/index.ts';
import probe from './fixtures/probe.ts';
import { asking, eventually, fileResolver } from './isolated-mixer.ts';

const folder = mkdtempSync(join(tmpdir(), 'krater-isolation-'));
writeFileSync(join(folder, 'password'), 'swordfish\n');

const config = (isolation: string, params = '', fails = false) =>
  asking(
    {
      probe: `{ adapter: probe, isolation: ${isolation}, params: { label: one, refused: [apple, pear], password: { file: password }${params} } }`,
      ...(fails && { failing: `{ adapter: probe, isolation: ${isolation}, params: { fails: true } }` }),
    },
    `---
apiVersion: krater.dev/v1
kind: AttributeManifest
metadata: { name: staff }
spec: { attributes: { staff.team: { type: STRING }, staff.other: { type: STRING }, some.size: { type: INT64 } } }
---
apiVersion: krater.dev/v1
kind: Rule
metadata: { name: types }
spec:
  match: request.method == "types"
  actions:
  - handler: probe
    instances:
    - { name: big, template: listentry, params: { value: some.size | 0 } }
---
apiVersion: krater.dev/v1
kind: Rule
metadata: { name: quotas }
spec:
  match: request.method == "quotas"
  actions:
  - handler: probe
    instances:
    - name: requests
      template: quota
      params: { dimensions: { user: 'source.user | "nobody"', size: some.size | 0 }, amount: some.size | 1 }
---
apiVersion: krater.dev/v1
kind: Rule
metadata: { name: reports }
spec:
  match: request.method == "reports"
  actions:
  - handler: probe
    instances:
    - name: line
      template: logentry
      params: { severity: '"Info"', variables: { user: source.user, headers: request.headers, at: request.time } }
---
apiVersion: krater.dev/v1
kind: Rule
metadata: { name: staff }
spec:
  match: request.method == "staff"
  actions:
  - handler: probe
    instances:
    - name: team
      template: lookup
      params: { key: source.user }
      attributes: { staff.team: 'output.value["team"]', staff.other: 'output.value["toString"]' }
---
apiVersion: krater.dev/v1
kind: Rule
metadata: { name: by-team }
spec:
  match: staff.team == "team of zoe" && staff.other == ""
  actions:
  - { handler: probe, instances: [{ name: never, template: listentry, params: { value: '"apple"' } }] }
`,
  );

interface World {
  readonly isolation: string;
  readonly mixer: Mixer;
  readonly log: RecordedLog;
}

const decide = async ({ mixer }: World, method: string, attributes: Readonly<Record<string, unknown>>) => {
  const bag = mixer.bag().put('request.method', method);
  for (const [name, value] of Object.entries(attributes)) bag.put(name, value as string);
  const { id, at, snapshot, answers, ...decision } = (await mixer.check(bag)) as unknown as Record<
    string,
    unknown
  > & {
    answers: readonly { took: number }[];
  };
  return JSON.parse(
    JSON.stringify(
      { ...decision, references: undefined, answers: answers.map(({ took, ...answer }) => answer) },
      (_, value) => (typeof value === 'number' && !Number.isFinite(value) ? String(value) : value),
    ),
  );
};

const asked = (path: string) => (world: World) => decide(world, 'probe', { 'request.path': path });

/** What each level is asked, and must answer as `inline` does. */
const cases: Readonly<Record<string, (world: World) => Promise<unknown>>> = {
  'a value that is allowed': asked('plum'),
  'a value that a decoded set refuses': asked('pear'),
  'a validity without an end': asked('for ever'),
  'an answer that must not be cached': asked('not cached'),
  'a direct response': asked('direct'),
  'an error': asked('throw'),
  'an error with a code': asked('throw coded'),
  'an answer that is none': asked('nonsense'),
  'its name and instances': asked('who'),
  'a secret': asked('secret'),
  'an answer that takes a while': asked('slow'),
  'the time': asked('clock'),
  'the deadline of a call': asked('deadline'),
  'an integer beyond the safe ones': world => decide(world, 'types', { 'some.size': 2n ** 62n }),
  'a grant': world => decide(world, 'quotas', { 'some.size': 3, 'source.user': 'zoe' }),
  'a refused quota': world => decide(world, 'quotas', { 'some.size': 30, 'source.user': '__proto__' }),
  'attributes of a producer': world => decide(world, 'staff', { 'source.user': 'zoe' }),
  async 'a batch of reports'({ mixer, log }) {
    const bags = Array.from({ length: 3 }, (_, index) =>
      mixer
        .bag()
        .put('request.method', 'reports')
        .put('source.user', `user ${index}`)
        .put('request.headers', stringMap([['__proto__', 'x']]))
        .put('request.time', 1_700_000_000_123_456),
    );
    await mixer.report(bags);
    const line = await eventually(() => log.entries.find(({ message }) => message === 'reported'));
    const metrics = await eventually(async () => {
      const found = (await mixer.metrics()).match(/^krater_adapter_\w+\{.*$/gm);
      return found?.some(series => series.endsWith(' 3')) ? found : undefined;
    });
    return { line, metrics };
  },
  async 'a log line'(world) {
    await asked('log')(world);
    return eventually(() => world.log.entries.find(({ message }) => message === 'something to tell'));
  },
  async 'answers that have changed'(world) {
    const before = world.mixer.status().handlers[0]?.epoch ?? 0;
    await asked('changed')(world);
    return (world.mixer.status().handlers[0]?.epoch ?? 0) - before;
  },
  async 'a dry run'({ mixer }) {
    const bag = mixer.bag().put('request.method', 'probe').put('request.path', 'deny');
    const { rules } = await mixer.explain(bag);
    return rules.flatMap(({ handlers }) => handlers);
  },
  async 'what it keeps over a reload'(world) {
    const { mixer, isolation } = world;
    const at = join(folder, 'rules.yaml');
    const reload = await mixer.reload([{ path: at, text: config(isolation, ', fails: false') }]);
    assert.equal(reload.problems, []);
    return asked('kept')(world);
  },
  async 'a handler that cannot be created'({ mixer, isolation }) {
    const at = join(folder, 'rules.yaml');
    const { accepted, problems } = await mixer.reload([{ path: at, text: config(isolation, '', true) }]);
    return {
      accepted,
      problems: problems.map(({ code, message, place }) => ({ code, message, line: place.line })),
    };
  },
  async 'its close'({ mixer, log }) {
    await mixer.close();
    return log.entries.filter(({ message }) => message === 'closed').length;
  },
};

async function results(isolation: string): Promise<ReadonlyMap<string, unknown>> {
  const log = recordedLog();
  const mixer = await createMixer({
    config: [{ path: join(folder, 'rules.yaml'), text: config(isolation) }],
    adapters: fileResolver,
    log,
    checkDeadline: 10_000,
    handlerDeadline: 5_000,
    isolation: createIsolation(),
  });
  const found = new Map<string, unknown>();
  try {
    for (const [name, run] of Object.entries(cases)) found.set(name, await run({ mixer, isolation, log }));
  } finally {
    await mixer.close();
  }
  return found;
}

let expected: ReadonlyMap<string, unknown>;

const test = suite('the same results');
test.after(() => rmSync(folder, { recursive: true }));

test('inline answers what the cases are about', async () => {
  expected = await results('inline');
  const text = (name: string) => JSON.stringify(expected.get(name));
  assert.match(text('a value that a decoded set refuses'), /pear is refused/);
  assert.match(text('a validity without an end'), /OK/);
  assert.match(text('an error'), /thrown on purpose/);
  assert.match(text('an answer that is none'), /instead of allow\(\) or deny\(\)/);
  assert.match(text('a secret'), /secret of 9 letters/);
  assert.match(text('an integer beyond the safe ones'), /4611686018427387904n/);
  assert.match(text('a refused quota'), /map\(/);
  assert.match(text('attributes of a producer'), /apple is refused/);
  assert.match(text('a batch of reports'), /headers=map\(__proto__/);
  assert.is(expected.get('answers that have changed'), 1);
  assert.match(text('a dry run'), /refuses with PERMISSION_DENIED: dry/);
  assert.match(text('what it keeps over a reload'), /created 2, reported 3/);
  assert.match(text('a handler that cannot be created'), /it is told to fail/);
  assert.ok((expected.get('its close') as number) >= 1);
});

for (const level of ['worker', 'process']) {
  test(`${level} answers the same`, async () => {
    const found = await results(level);
    for (const [name, result] of found) assert.equal(result, expected.get(name), name);
  });
}

test('remote answers the same', async () => {
  const server = await serveAdapter({ adapter: probe as AnyAdapter, host: '127.0.0.1', port: 0 });
  try {
    const found = await results(`{ mode: remote, address: "${server.address}" }`);
    for (const [name, result] of found) assert.equal(result, expected.get(name), name);
    assert.ok(await eventually(() => server.connections === 0));
  } finally {
    await server.close();
  }
});

test.run();
