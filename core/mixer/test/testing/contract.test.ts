import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { checknothing, listentry, metric, quota } from '@krater/templates';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type AnyAdapter,
  allow,
  type BaseEnv,
  defineAdapter,
  defineService,
  defineToken,
  deny,
  doNotCache,
  duration,
  grant,
  z,
} from '../../src/index.ts';
import { adapterContract, adapterSuite } from '../../src/testing/index.ts';

const test = suite('adapterSuite');

/** A backend that answers at once. */
const server = createServer((_request, response) => response.end('fine'));
const backend = { url: 'http://127.0.0.1:9/' };
test.before(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  backend.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
test.after(() => void server.close().closeAllConnections());

const PoolToken = defineToken<{ open: boolean }>('test/contract-pool');
const pool = defineService(PoolToken, () => ({ open: true }));

const whole = defineAdapter({
  name: 'whole',
  summary: 'keeps the contract',
  templates: [listentry, metric],
  config: z.strictObject({ refresh: duration('60s') }),
  needs: { pool: PoolToken },
  services: [pool],
  create: ({ refresh }, env) => {
    env.timers.every(refresh, () => env.changed());
    return { listentry: () => allow({ validity: { duration: refresh } }), metric() {} };
  },
});
adapterSuite(whole, { test });

/** The names of the cases that an adapter breaks. */
async function broken(adapter: AnyAdapter, options = {}): Promise<string[]> {
  const names: string[] = [];
  for (const { name, run } of adapterContract(adapter, options)) {
    await run().catch(() => names.push(name));
  }
  return names;
}

/** An adapter for checknothing with faults. */
function faulty(faults: {
  readonly create?: (config: never, env: BaseEnv) => unknown;
  readonly [key: string]: unknown;
}): AnyAdapter {
  return defineAdapter({
    name: 'faulty',
    summary: 'breaks the contract',
    templates: [checknothing],
    config: z.strictObject({}),
    create: () => ({ checknothing: () => allow() }),
    ...(faults as object),
  });
}

test('finds nothing against an adapter that keeps the contract', async () => {
  assert.equal(await broken(faulty({})), []);
});

/** One fault each, and the name of the only clause that it breaks. */
const faults: readonly (readonly [fault: string, adapter: AnyAdapter, clause: RegExp])[] = [
  [
    'a default of the wrong type',
    faulty({ config: z.strictObject({ wait: duration().default('5s' as never) }) }),
    /^has defaults/,
  ],
  ['parameters that nobody knows', faulty({ config: z.object({}) }), /^refuses unknown parameters/],
  ['a missing handler', faulty({ create: () => ({}) }), /^serves every template/],
  [
    'a surplus handler',
    faulty({ create: () => ({ checknothing: () => allow(), chekcnothing: () => allow() }) }),
    /^serves every template/,
  ],
  [
    'a throw at a long value',
    faulty({
      templates: [listentry],
      create: () => ({
        listentry({ value }: { value: string }) {
          if (value.length > 1_000) throw new RangeError('the value is too long');
          return allow();
        },
      }),
    }),
    /^survives empty and extreme/,
  ],
  [
    'a timer of its own that outlives it',
    faulty({
      create: () => {
        setTimeout(() => {}, 400);
        return { checknothing: () => allow() };
      },
    }),
    /^leaves no timer or socket/,
  ],
  [
    'a close that works only once',
    faulty({
      create: () => {
        let pool: { end(): void } | undefined = { end() {} };
        return {
          checknothing: () => allow(),
          close() {
            if (pool === undefined) throw new TypeError('the pool has ended already');
            pool.end();
            pool = undefined;
          },
        };
      },
    }),
    /^may be closed twice/,
  ],
  [
    'a backend that is waited for without the signal',
    faulty({
      config: z.strictObject({ url: z.url() }),
      create: ({ url }, env) => ({
        checknothing: async () => ((await env.fetch(url)).ok ? allow() : allow()),
      }),
    }),
    /^gives up when its signal is aborted/,
  ],
  ['an answer that is none', faulty({ create: () => ({ checknothing: () => true }) }), /^gives well-formed/],
  [
    'a surplus field in an answer',
    faulty({ create: () => ({ checknothing: () => ({ ...allow(), ttl: 5 }) }) }),
    /^gives well-formed/,
  ],
  [
    'state without validity',
    faulty({
      create: (_config, env) => {
        env.keep('count', () => ({}));
        return { checknothing: () => allow() };
      },
    }),
    /^states a validity/,
  ],
  [
    'state that only its answers betray',
    faulty({
      create: () => {
        let asked = 0;
        return { checknothing: () => (asked++ % 2 === 0 ? allow() : deny('not this time')) };
      },
    }),
    /^states a validity/,
  ],
  [
    'an explain that counts',
    faulty({
      create: () => {
        let asked = 0;
        const answer = () =>
          asked++ < 2
            ? allow({ validity: doNotCache })
            : deny('no more', undefined, { validity: doNotCache });
        return { checknothing: answer, explain: { checknothing: answer } };
      },
    }),
    /^explains without side effects/,
  ],
  ['a contract of the future', faulty({ contract: 99 }), /contract version$/],
  [
    'a configuration without JSON Schema',
    faulty({ config: z.strictObject({ at: z.date().optional() }) }),
    /^describes its configuration/,
  ],
  [
    'a backend that must be up',
    faulty({
      config: z.strictObject({ url: z.url() }),
      create: async ({ url }, env) => {
        await env.fetch(url);
        return { checknothing: () => allow() };
      },
    }),
    /^creates a handler while its backend is down/,
  ],
  [
    'work after it was closed',
    faulty({
      create: (_config, env) => {
        env.signal.addEventListener('abort', () => setImmediate(() => env.log.info('still here')));
        return { checknothing: () => allow() };
      },
    }),
    /once closed$/,
  ],
  [
    'something kept that two cannot share',
    faulty({
      create: (_config, env) => {
        const server = env.keep('server', () => ({ users: 0 }));
        if (server.users++ > 0) throw new Error('address in use');
        return { checknothing: () => allow({ validity: { duration: 0 } }), close: () => void server.users-- };
      },
    }),
    /^lives beside its successor/,
  ],
];

for (const [fault, adapter, clause] of faults) {
  test(`catches ${fault}, by its clause and no other`, async () => {
    const config = 'url' in ((adapter.config as { shape?: object }).shape ?? {}) ? { url: backend.url } : {};
    const names = await broken(adapter, { config });
    assert.is(names.length, 1, `broken: ${names.join('; ')}`);
    assert.match(names[0] ?? '', clause);
  });
}

test('has a fault for every clause that can be broken alone', () => {
  const clauses = adapterContract(whole, { services: [pool] }).map(({ name }) => name);
  const unbroken = clauses.filter(name => !faults.some(([, , clause]) => clause.test(name)));
  assert.equal(unbroken, ['accepts its sample configuration', 'makes and closes the services it offers']);
});

test('closes the services that it has made', async () => {
  let [made, closed] = [0, 0];
  const socketPool = defineService(
    PoolToken,
    () => {
      made++;
      return { open: true, timer: setInterval(() => {}, 1_000) };
    },
    ({ timer }: { open: boolean; timer?: NodeJS.Timeout }) => {
      closed++;
      clearInterval(timer);
    },
  );
  assert.equal(await broken(whole, { services: [socketPool] }), []);
  assert.ok(made > 5);
  assert.is(closed, made);
});

test('asks a backend of the test in the place of the real one', async () => {
  const asking = faulty({
    create: (_config, env) => ({
      checknothing: async (_instance: unknown, { signal }: { signal: AbortSignal }) =>
        (await env.fetch('http://127.0.0.1:9/', { signal })).ok ? allow() : deny('no'),
    }),
  });
  assert.equal(await broken(asking), ['survives empty and extreme instances']);
  assert.equal(await broken(asking, { fetch: async () => new Response('fine') }), []);
});

test('takes a configuration for a silent backend, which is none of its own', async () => {
  const addresses: string[] = [];
  const impatient = faulty({
    config: z.strictObject({ address: z.string().default('127.0.0.1:9') }),
    create: ({ address }: { address: string }) => {
      addresses.push(address);
      return { checknothing: () => allow() };
    },
  });
  assert.equal(await broken(impatient, { slow: (address: string) => ({ address }) }), []);
  assert.ok(addresses.some(address => /^127\.0\.0\.1:\d{4,5}$/.test(address)));
});

test('catches a quota that takes something where nothing is asked for', async () => {
  const greedy = defineAdapter({
    name: 'greedy',
    summary: 'takes one for looking',
    templates: [quota],
    config: z.strictObject({}),
    create: () => {
      let left = 3;
      return { quota: (_instance, { amount }) => (--left > 0 ? grant(amount) : grant(0)) };
    },
  });
  assert.equal(await broken(greedy), ['explains without side effects']);
});

test('holds nothing against a quota whose backend remembers what other handlers took', async () => {
  const shared = new Map([['left', 3]]);
  const remembering = defineAdapter({
    name: 'remembering',
    summary: 'counts where all handlers see it',
    templates: [quota],
    config: z.strictObject({}),
    create: () => ({
      quota(_instance, { amount }) {
        const left = shared.get('left') ?? 0;
        if (amount > left) return grant(0);
        shared.set('left', left - Math.max(0, amount));
        return grant(amount);
      },
    }),
  });
  assert.equal(await broken(remembering), []);
});

test('catches a quota that grants more than was asked', async () => {
  const generous = defineAdapter({
    name: 'generous',
    summary: 'grants one more',
    templates: [quota],
    config: z.strictObject({}),
    create: () => ({ quota: (_instance, { amount }) => grant(amount + 1) }),
  });
  assert.ok((await broken(generous)).includes('gives well-formed answers'));
});

test.run();
