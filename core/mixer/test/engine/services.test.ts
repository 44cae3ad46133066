import { reportnothing } from '@krater/templates';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type AdapterResolver,
  type ConfigError,
  createMixer,
  defineAdapter,
  defineService,
  defineToken,
  KraterError,
  z,
} from '../../src/index.ts';
import { rule } from './configured.ts';

const test = suite('services');

interface Store {
  put(entry: string): void;
}
const StoreToken = defineToken<Store>('test/replaceable-store');

/** Stores by the name of the package that offers them, and what became of each. */
function world() {
  const told: string[] = [];
  const store = (name: string) =>
    defineService(
      StoreToken,
      () => {
        told.push(`${name} made`);
        return { put: entry => void told.push(`${name} <- ${entry}`) };
      },
      () => void told.push(`${name} closed`),
    );
  const audit = defineAdapter({
    name: 'audit',
    summary: 'tells a store',
    templates: [reportnothing],
    config: z.strictObject({}),
    needs: { store: StoreToken },
    services: [store('own')],
    create: (_config, env) => ({ reportnothing: () => env.store.put(env.handler) }),
  });
  const other = defineService(defineToken('test/another'), () => ({}));
  const offered = new Map([
    ['./mine.ts', [store('mine')]],
    ['./other.ts', [other]],
  ]);
  const adapters: AdapterResolver = {
    resolve: async () => ({ adapter: audit, origin: 'audit@1' }),
    async services(name) {
      const services = offered.get(name);
      if (services === undefined) throw new KraterError('ADAPTER_NOT_INSTALLED', `there is no "${name}"`);
      return { services, origin: name };
    },
  };
  return { told, adapters };
}

const audited = (name: string, services = '', isolation = '') =>
  rule(
    name,
    `match: "true"
actions:
- handler: { adapter: audit${services === '' ? '' : `, services: ${services}`}${isolation} }
  instances: [{ name: it, template: reportnothing }]`,
  );

test('are what the package offers, or for a handler what its rule names instead; each is made once', async () => {
  const { told, adapters } = world();
  const config = ['a', 'b'].map(name => audited(name, '{ store: ./mine.ts }')).join('') + audited('c');
  const mixer = await createMixer({ config, adapters });
  await mixer.report([mixer.bag()]);
  await mixer.close();
  assert.equal(told.slice(0, 2), ['mine made', 'own made']);
  assert.equal(told.slice(2, 5).sort(), [
    'mine <- istio-system/a.actions[0]',
    'mine <- istio-system/b.actions[0]',
    'own <- istio-system/c.actions[0]',
  ]);
  assert.equal(told.slice(5), ['own closed', 'mine closed']);
});

test('that are chosen anew make a handler anew', async () => {
  const { told, adapters } = world();
  const mixer = await createMixer({ config: audited('a'), adapters });
  const { created, accepted } = await mixer.reload(audited('a', '{ store: ./mine.ts }'));
  assert.ok(accepted);
  assert.equal(created, ['istio-system/a.actions[0]']);
  await mixer.report([mixer.bag()]);
  assert.is(told.at(-1), 'mine <- istio-system/a.actions[0]');
  const again = await mixer.reload(audited('a', '{ store: ./mine.ts }'));
  assert.equal(again.carriedOver, ['istio-system/a.actions[0]']);
  await mixer.close();
});

const problemsOf = (config: string, adapters: AdapterResolver) =>
  createMixer({ config, adapters }).then(
    () => [],
    ({ problems }: ConfigError) => problems.map(it => [it.code, it.place.line, it.place.column, it.message]),
  );

for (const [services, code, column, message] of [
  [
    '{ stroe: ./mine.ts }',
    'SERVICE_NOT_NEEDED',
    44,
    'adapter "audit" needs no service "stroe"; it needs "store"',
  ],
  [
    '{ store: ./other.ts }',
    'SERVICE_NOT_OFFERED',
    51,
    '"./other.ts" offers no service "krater:test/replaceable-store"; it offers "krater:test/another"',
  ],
  ['{ store: ./gone.ts }', 'ADAPTER_NOT_INSTALLED', 51, 'there is no "./gone.ts"'],
] as const) {
  test(`refuses ${services} where it stands`, async () => {
    const { adapters } = world();
    assert.equal(await problemsOf(audited('a', services), adapters), [[code, 8, column, message]]);
  });
}

for (const [mode, can] of [
  ['remote, address: "127.0.0.1:1"', 'has those of its server'],
  ['worker', 'cannot have services given by value'],
]) {
  test(`are refused where the handler runs elsewhere and ${can}`, async () => {
    const { adapters } = world();
    const config = audited('a', '{ store: ./mine.ts }', `, isolation: { mode: ${mode} }`);
    const problems = await problemsOf(config, adapters);
    const message = `a handler in isolation "${mode?.split(',')[0]}" ${can}`;
    assert.equal(problems, [['SERVICE_ISOLATED', 8, 32, message]]);
  });
}

test.run();
