import { listentry, quota } from '@krater/templates';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type AnyAdapter,
  allow,
  type BaseEnv,
  type CallContext,
  createMixer,
  defineAdapter,
  defineTemplate,
  grant,
  type KraterError,
  type QuotaRequest,
  z,
} from '../../src/index.ts';
import { recordedLog } from '../../src/testing/index.ts';
import { rule } from './configured.ts';

const test = suite('handler contract');

const config = z.strictObject({});
const asks = rule(
  'r',
  `match: true\nactions:\n- handler: { adapter: own }\n  instances: [{ name: entry, template: listentry, params: { value: '"x"' } }]`,
);
const own = (declaration: object) =>
  defineAdapter({
    name: 'own',
    summary: 's',
    templates: [listentry],
    config,
    ...declaration,
  } as never) as AnyAdapter;
const creating = (create: (config: unknown, env: BaseEnv) => unknown) => own({ create });

async function refusal(adapter: AnyAdapter, config = asks): Promise<string> {
  try {
    const mixer = await createMixer({ config, adapters: [adapter], log: recordedLog() });
    await mixer.close();
    return 'accepted';
  } catch (error) {
    const { problems } = error as { problems: { code: string; message: string; place: { line: number } }[] };
    return problems.map(({ code, message, place }) => `${place.line} ${code} ${message}`).join('\n');
  }
}

for (const [what, returned, message] of [
  ['nothing', undefined, 'returned undefined'],
  ['no handler', {}, 'returned no function for template "listentry"'],
  [
    'a surplus handler',
    { listentry: allow, quota: allow },
    'returned "quota", which is not in its templates',
  ],
  ['a close that is none', { listentry: allow, close: true }, 'returned a close that is no function'],
  ['an explain of something else', { listentry: allow, explain: { quota: allow } }, 'returned explain.quota'],
] as const) {
  test(`create() that returns ${what} refuses the configuration at the handler`, async () => {
    assert.match(await refusal(creating(() => returned)), /^\d+ HANDLER_NOT_CREATED /);
    assert.match(await refusal(creating(() => returned)), message);
  });
}

test('create() may throw anything, also what has no text', async () => {
  for (const thrown of [undefined, 'text', Symbol('s'), Object.create(null), new Error('gone')]) {
    const throwing = creating(() => {
      throw thrown;
    });
    assert.match(await refusal(throwing), /HANDLER_CREATE_FAILED/);
  }
});

test('a check or a schema that throws is a located problem', async () => {
  const gone = () => {
    throw new Error('mended never');
  };
  const create = () => ({ listentry: () => allow() });
  assert.match(await refusal(own({ create, check: gone })), /ADAPTER_CHECK_FAILED .*mended never/);
  assert.match(
    await refusal(own({ create, config: z.unknown().transform(gone) })),
    /ADAPTER_CHECK_FAILED .*mended never/,
  );
});

test('a declaration that a compiler would have refused is a located problem', async () => {
  const create = () => ({ listentry: () => allow() });
  for (const [change, message] of [
    [{ templates: undefined }, 'no templates'],
    [{ templates: ['listentry'] }, 'defineTemplate()'],
    [{ templates: [listentry, listentry] }, 'two templates called "listentry"'],
    [{ config: {} }, 'no zod schema'],
    [{ create: undefined }, 'no create()'],
    [{ needs: { log: Symbol.for('x') } }, '"log"'],
    [{ services: [{}] }, 'defineService()'],
  ] as const) {
    assert.match(await refusal(own({ create, ...change })), /^\d+ ADAPTER_BAD_DECLARATION /);
    assert.match(await refusal(own({ create, ...change })), message);
  }
  assert.match(await refusal({ name: 'own', create } as never), 'was not made by defineAdapter()');
});

test('a template cannot be called like what create() returns beside handlers', () => {
  for (const name of ['close', 'explain'])
    assert.throws(
      () => defineTemplate({ name, variety: 'check', summary: '', fields: {} }),
      /beside handlers/,
    );
});

/** A Mixer over one handler, and its environment. */
async function living(handle: (instance: object, context: { signal: AbortSignal }) => unknown) {
  const seen: { env?: BaseEnv } = {};
  const log = recordedLog();
  const adapter = creating((_, env) => {
    seen.env = env;
    return { listentry: handle };
  });
  const mixer = await createMixer({ config: asks, adapters: [adapter], log });
  return { mixer, log, env: seen.env as BaseEnv };
}

test('a handler may throw anything, and answer by anything with a then', async () => {
  for (const misbehave of [
    () => {
      throw Object.create(null);
    },
    () => Promise.reject(Object.create(null)),
    () => ({
      // biome-ignore lint/suspicious/noThenProperty: what a handler may answer
      then() {
        throw new Error('then');
      },
    }),
    () => ({
      // biome-ignore lint/suspicious/noThenProperty: what a handler may answer
      get then() {
        throw new Error('getter');
      },
    }),
  ]) {
    const { mixer } = await living(misbehave);
    assert.is((await mixer.check(mixer.bag())).status.code, 'UNAVAILABLE');
    await mixer.close();
  }
});

test('a handler that fails on every request writes few lines, and says how many it left out', async () => {
  const { mixer, log } = await living(() => {
    throw new Error('down');
  });
  for (let request = 0; request < 1_000; request++) await mixer.check(mixer.bag());
  assert.is(mixer.status().handlers[0]?.failures, 1_000);
  assert.is(log.entries.length, 1);
  await mixer.close();
  assert.is(log.entries.length, 2);
  assert.is(log.entries[1]?.fields['suppressed'], 999);
});

test('the end of a handler is the end of what its environment gave out', async () => {
  const { mixer, env } = await living(() => allow());
  let runs = 0;
  env.timers.every(1, () => runs++);
  await mixer.close();
  const before = runs;
  env.timers.after(1, () => runs++);
  env.changed();
  env.metrics.counter('late', 'l').add();
  assert.throws(() => env.keep('late', () => 1), /has been closed/);
  assert.is(await env.fetch('http://127.0.0.1:9/').catch(error => error.code), 'HANDLER_CLOSED');
  await new Promise(resolve => setTimeout(resolve, 10));
  assert.is(runs, before);
});

test('odd metrics of one adapter spoil nobody’s metrics', async () => {
  const seen: BaseEnv[] = [];
  const create = (_: unknown, env: BaseEnv) => {
    seen.push(env);
    return { listentry: () => allow() };
  };
  const mixer = await createMixer({
    config: asks + asks.replace('name: r', 'name: s'),
    adapters: [creating(create)],
  });
  const [one, two] = seen as [BaseEnv, BaseEnv];
  one.metrics.counter('size', 'a counter').add(-3);
  two.metrics.gauge('size', 'a gauge').set(-3);
  one.metrics.gauge('a b"}\n#', undefined as never).set(Number.NaN);
  one.metrics.gauge('', 'no name').set('much' as never);
  one.metrics.counter('more', 'm').add(Number.POSITIVE_INFINITY);
  const text = await mixer.metrics();
  assert.match(text, 'krater_adapter_size{handler="istio-system/r.actions[0]"} 0');
  assert.match(text, 'krater_adapter_size_gauge{handler="istio-system/s.actions[0]"} -3');
  assert.match(text, 'krater_checks_total');
  await mixer.close();
});

test('the signal of a call ends at its own deadline, and its deadline is the nearer one', async () => {
  const calls: { signal: AbortSignal; deadline: number }[] = [];
  const adapter = creating(() => ({
    listentry: (_: object, context: { signal: AbortSignal; deadline: number }) => {
      calls.push(context);
      void context.signal;
      return new Promise(() => {});
    },
  }));
  const clock = { now: () => 1_000 };
  const options = { adapters: [adapter], log: recordedLog(), clock, handlerDeadline: 5 };
  const mixer = await createMixer({ config: asks, ...options });
  await mixer.check(mixer.bag());
  assert.is(calls[0]?.deadline, 1_005);
  assert.ok(calls[0]?.signal.aborted);
  assert.is((calls[0]?.signal.reason as KraterError | undefined)?.code, 'HANDLER_TIMEOUT');
  await mixer.check(mixer.bag(), { timeout: 2 });
  assert.is(calls[1]?.deadline, 1_001.8);
  await mixer.close();
});

test('a call knows when it began, so the clock is read twice for it and no more', async () => {
  let time = 1_000;
  let reads = 0;
  const clock = {
    now() {
      reads++;
      return ++time;
    },
  };
  const began: number[] = [];
  const adapter = own({
    templates: [listentry, quota],
    create: () => ({
      listentry(_: object, { now }: CallContext) {
        began.push(now);
        return allow();
      },
      quota(_: object, { amount }: QuotaRequest, { now }: CallContext) {
        began.push(now);
        return grant(amount);
      },
    }),
  });
  const takes = rule(
    's',
    `match: true\nactions:\n- handler: { adapter: own }\n  instances: [{ name: taken, template: quota }]`,
  );
  const readsOf = async (config: string) => {
    const mixer = await createMixer({ config, adapters: [adapter], log: recordedLog(), clock });
    const bag = mixer.bag();
    reads = 0;
    const before = time;
    const { answers } = await mixer.check(bag);
    const read = reads;
    for (const { took } of answers) assert.is(took, 1);
    assert.ok(
      began.every(now => now > before && now < time),
      `${began}`,
    );
    began.length = 0;
    await mixer.close();
    return read;
  };
  assert.is((await readsOf(asks + takes)) - (await readsOf(asks)), 2);
});

test('what a handler does after an earlier refusal has decided is no failure', async () => {
  const { mixer, log } = await living(({ value }: { value?: unknown }, { signal }) =>
    value === 'waits'
      ? new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
      : Promise.resolve({ status: { code: 'PERMISSION_DENIED', message: 'no' } }),
  );
  const two = asks + asks.replace('name: r', 'name: s').replace('"x"', '"waits"');
  await mixer.reload(two);
  assert.is((await mixer.check(mixer.bag())).status.message, 'no');
  await new Promise(resolve => setTimeout(resolve, 60));
  assert.equal(
    mixer.status().handlers.map(({ failures }) => failures),
    [0, 0],
  );
  assert.equal(log.entries, []);
  await mixer.close();
});

test('a handler that fails to close is told, and stops nobody else', async () => {
  const calls: string[] = [];
  const adapter = own({
    templates: [listentry, quota],
    create: () => ({
      listentry: () => allow(),
      quota: () => undefined,
      close: () => {
        calls.push('close');
        throw new Error('stuck');
      },
    }),
  });
  const log = recordedLog();
  const mixer = await createMixer({ config: asks, adapters: [adapter], log });
  await mixer.close();
  assert.equal(calls, ['close']);
  assert.match(String(log.entries[0]?.fields['error']), 'stuck');
});

test.run();
