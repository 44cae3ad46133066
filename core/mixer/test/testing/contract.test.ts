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
  duration,
  grant,
  z,
} from '../../src/index.ts';
import { adapterContract, adapterSuite } from '../../src/testing/index.ts';

const test = suite('adapterSuite');

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

for (const [fault, adapter, expected] of [
  [
    'a default of the wrong type',
    faulty({ config: z.strictObject({ wait: duration().default('5s' as never) }) }),
    /defaults/,
  ],
  ['parameters that nobody knows', faulty({ config: z.object({}) }), /unknown parameters/],
  [
    'a configuration without JSON Schema',
    faulty({ config: z.strictObject({ at: z.date().optional() }) }),
    /JSON Schema/,
  ],
  ['a contract of the future', faulty({ contract: 99 }), /contract version/],
  ['a missing handler', faulty({ create: () => ({}) }), /one function/],
  [
    'a surplus handler',
    faulty({ create: () => ({ checknothing: () => allow(), chekcnothing: () => allow() }) }),
    /one function/,
  ],
  ['an answer that is none', faulty({ create: () => ({ checknothing: () => true }) }), /well-formed/],
  [
    'a surplus field in an answer',
    faulty({ create: () => ({ checknothing: () => ({ ...allow(), ttl: 5 }) }) }),
    /well-formed/,
  ],
  ['a throw', faulty({ create: () => ({ checknothing: () => assert.unreachable() }) }), /well-formed/],
  [
    'state without validity',
    faulty({
      create: (_config, env) => {
        env.keep('count', () => ({}));
        return { checknothing: () => allow() };
      },
    }),
    /well-formed/,
  ],
  [
    'a backend that must be up',
    faulty({
      create: async (_config, env) => {
        await env.fetch('http://127.0.0.1:9/');
        return { checknothing: () => allow() };
      },
    }),
    /backend is down/,
  ],
  [
    'a timer of its own that outlives it',
    faulty({
      create: () => {
        const timer = setTimeout(() => {}, 50);
        return { checknothing: () => (timer ? allow() : allow()) };
      },
    }),
    /outlives/,
  ],
  [
    'work after it was closed',
    faulty({
      create: (_config, env) => {
        env.signal.addEventListener('abort', () => setImmediate(() => env.log.info('still here')));
        return { checknothing: () => allow() };
      },
    }),
    /once closed/,
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
    /successor/,
  ],
] as const) {
  test(`catches ${fault}`, async () => {
    const names = await broken(adapter);
    assert.ok(
      names.some(name => expected.test(name)),
      `broken: ${names.join('; ')}`,
    );
  });
}

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
