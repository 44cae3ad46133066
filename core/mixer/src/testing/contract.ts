import assert from 'node:assert/strict';
import { z } from 'zod';
import { type AnyAdapter, contractVersion } from '../adapter.ts';
import type { BaseEnv } from '../env.ts';
import type { Template } from '../template.ts';
import type { AdapterSuiteOptions } from './adapter-suite.ts';
import { callHandler } from './call.ts';
import { type FakeEnv, type FakeEnvOptions, fakeEnv } from './fake-env.ts';
import { type SampleInstance, sampleInstances, shapeOf } from './sample.ts';

export interface ContractCase {
  readonly name: string;
  run(): Promise<void>;
}

type Handler = { readonly [name: string]: unknown };

/** The cases of {@link adapterSuite}, for runners of other shapes. */
export function adapterContract(
  adapter: AnyAdapter,
  options: Omit<AdapterSuiteOptions, 'test'> = {},
): readonly ContractCase[] {
  const templates: readonly Template[] = adapter.templates;
  const instancesOf = (template: Template) => options.instances?.[template.name] ?? sampleInstances(template);
  const shapes = templates.flatMap(template => {
    const byName = new Map(
      instancesOf(template)
        .map(instance => [instance.name, instance])
        .reverse() as [string, SampleInstance][],
    );
    return [...byName.values()].map(instance => shapeOf(template, instance));
  });
  const parsed = () => adapter.config.parse(options.config ?? {});
  const create = async (env: BaseEnv): Promise<Handler> => adapter.create(parsed(), env);
  const closed = async (handler: Handler) => {
    if (typeof handler.close === 'function') await handler.close();
  };
  const environment = async (more: Partial<FakeEnvOptions<object>> = {}) => {
    const services = await neededServices(adapter, options.services ?? []);
    return fakeEnv({ instances: shapes, services, ...more });
  };
  /** Creates, uses and closes, whatever happens. */
  const living = async (
    use: (handler: Handler, env: FakeEnv) => Promise<void>,
    more?: Partial<FakeEnvOptions<object>>,
  ) => {
    await using env = await environment(more);
    const handler = await create(env);
    try {
      await use(handler, env);
    } finally {
      await closed(handler);
    }
  };
  const callAll = async (handler: Handler, env: FakeEnv) => {
    for (const template of templates) {
      for (const instance of instancesOf(template)) await callHandler(handler, template, instance, env);
    }
  };

  return [
    {
      name: 'declares itself for a supported contract version',
      async run() {
        assert.match(adapter.name, /^[a-z][a-z0-9-]*$/);
        assert.ok(adapter.summary.length > 0, 'summary is empty');
        assert.ok(
          [contractVersion, contractVersion - 1].includes(adapter.contract),
          `contract ${adapter.contract} is not supported`,
        );
        assert.ok(templates.length > 0, 'serves no template');
        assert.equal(
          new Set(templates.map(({ name }) => name)).size,
          templates.length,
          'lists a template twice',
        );
      },
    },
    {
      name: 'parses an empty configuration into valid defaults, or says what is missing',
      async run() {
        const result = adapter.config.safeParse({});
        if (!result.success) {
          assert.ok(
            result.error.issues.every(({ message }) => message.length > 0),
            'an issue has no message',
          );
          return;
        }
        checkDefaults(adapter.config, result.data);
      },
    },
    {
      name: 'refuses unknown parameters',
      async run() {
        const config = { ...((options.config ?? {}) as object), 'no such parameter': 1 };
        assert.ok(!adapter.config.safeParse(config).success, 'use z.strictObject');
      },
    },
    {
      name: 'describes its configuration as JSON Schema',
      async run() {
        const schema = z.toJSONSchema(adapter.config, { io: 'input' });
        JSON.stringify(schema);
      },
    },
    {
      name: 'accepts its sample configuration',
      async run() {
        const problems: string[] = [];
        adapter.check?.(parsed(), (path, message) => void problems.push(`${path.join('.')}: ${message}`));
        assert.deepEqual(problems, []);
      },
    },
    {
      name: 'returns exactly one function for each template',
      run: () =>
        living(async handler => {
          for (const { name } of templates)
            assert.equal(typeof handler[name], 'function', `no handler for template "${name}"`);
          const known = new Set([...templates.map(({ name }) => name), 'close', 'explain']);
          const surplus = Object.keys(handler).filter(name => !known.has(name));
          assert.deepEqual(surplus, [], 'create() returns what is not in templates');
        }),
    },
    {
      name: 'creates a handler while its backend is down',
      run: () =>
        living(async () => {}, {
          fetch: () => Promise.reject(new TypeError('fetch failed: nobody listens')),
        }),
    },
    { name: 'gives well-formed answers', run: () => living(callAll) },
    {
      name: 'has its parts from env: no timer or socket of its own outlives close()',
      async run() {
        const before = openResources();
        await living(callAll);
        for (let turn = 0; turn < 200 && openResources() > before; turn++) await new Promise(setImmediate);
        assert.ok(openResources() <= before, `left open: ${process.getActiveResourcesInfo().join(', ')}`);
      },
    },
    {
      name: 'does nothing more once closed',
      async run() {
        const env = await environment();
        const handler = await create(env);
        await closed(handler);
        await env.close();
        const said = env.logged.length;
        const changes = env.changes;
        await env.clock.advance(24 * 3_600_000);
        assert.equal(
          env.logged.length,
          said,
          `logged after close: ${JSON.stringify(env.logged.slice(said))}`,
        );
        assert.equal(env.changes, changes, 'called changed() after close');
        assert.deepEqual(env.open(), []);
      },
    },
    {
      name: 'lives beside its successor while a reload swaps them, in either order of closing',
      async run() {
        for (const oldFirst of [true, false]) {
          const oldEnv = await environment();
          const newEnv = oldEnv.reloaded();
          const oldHandler = await create(oldEnv);
          const newHandler = await create(newEnv);
          await callAll(oldHandler, oldEnv);
          await callAll(newHandler, newEnv);
          const [first, firstEnv, last, lastEnv] = oldFirst
            ? ([oldHandler, oldEnv, newHandler, newEnv] as const)
            : ([newHandler, newEnv, oldHandler, oldEnv] as const);
          await closed(first);
          await firstEnv.close();
          await callAll(last, lastEnv);
          await closed(last);
          await lastEnv.close();
          assert.deepEqual(lastEnv.open(), []);
        }
      },
    },
    {
      name: 'makes and closes the services it offers',
      async run() {
        for (const service of adapter.services) {
          await using env = fakeEnv();
          const made = await service.create(env);
          await service.close?.(made);
        }
      },
    },
  ];
}

/** A default of the wrong type (`duration().default('60s')`) parses, but cannot be turned back into what an operator writes. */
function checkDefaults(config: z.ZodType, defaults: unknown): void {
  let written: unknown;
  try {
    written = z.encode(config, defaults);
  } catch (error) {
    if ((error as Error).constructor.name === 'ZodEncodeError') return;
    throw new assert.AssertionError({
      message: `a default has the wrong type (use .prefault for durations): ${(error as Error).message}`,
    });
  }
  assert.deepEqual(config.parse(written), defaults, 'the defaults do not survive being written and read');
}

async function neededServices(
  adapter: AnyAdapter,
  offered: AdapterSuiteOptions['services'] & {},
): Promise<Record<string, unknown>> {
  const made: Record<string, unknown> = {};
  for (const [name, token] of Object.entries(adapter.needs)) {
    const service = [...offered, ...adapter.services].find(offer => offer.token === token);
    assert.ok(service, `the adapter needs "${token.description}": pass it in services`);
    made[name] = await service.create(fakeEnv());
  }
  return made;
}

function openResources(): number {
  const kinds = new Set([
    'Timeout',
    'Immediate',
    'TCPServerWrap',
    'PipeServerWrap',
    'UDPWrap',
    'FSEventWrap',
    'MessagePort',
    'ProcessWrap',
  ]);
  return process.getActiveResourcesInfo().filter(kind => kinds.has(kind)).length;
}
