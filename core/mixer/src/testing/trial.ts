import assert from 'node:assert/strict';
import type { AnyAdapter } from '../adapter.ts';
import type { BaseEnv, InstanceShape } from '../env.ts';
import type { Template } from '../template.ts';
import type { AdapterSuiteOptions } from './adapter-suite.ts';
import { type Answered, askHandler } from './call.ts';
import { type FakeEnv, type FakeEnvOptions, fakeEnv } from './fake-env.ts';
import { type SampleInstance, sampleInstances, shapeOf } from './sample.ts';

/** What `create` returned. */
export type Handler = { readonly [name: string]: unknown };

/** What {@link adapterSuite} is told, the runner apart. */
export type TrialOptions = Omit<AdapterSuiteOptions, 'test'>;

/** An instance and the template that it fills. */
export interface Sample {
  readonly template: Template;
  readonly instance: SampleInstance;
}

/** One adapter on trial: makes its environments and handlers, and asks them about its samples. */
export class Trial {
  readonly templates: readonly Template[];
  /** What it is asked about: the given instances, or made-up ones. */
  readonly samples: readonly Sample[];
  readonly #adapter: AnyAdapter;
  readonly #options: TrialOptions;

  constructor(adapter: AnyAdapter, options: TrialOptions) {
    this.#adapter = adapter;
    this.#options = options;
    this.templates = adapter.templates;
    this.samples = this.templates.flatMap(template =>
      (options.instances?.[template.name] ?? sampleInstances(template)).map(instance => ({
        template,
        instance,
      })),
    );
  }

  parsed(config: unknown = this.#options.config ?? {}): unknown {
    return this.#adapter.config.parse(config);
  }

  async create(env: BaseEnv, config: unknown = this.parsed()): Promise<Handler> {
    return this.#adapter.create(config, env) as Promise<Handler>;
  }

  async environment(options: Partial<FakeEnvOptions<object>> = {}, samples = this.samples): Promise<FakeEnv> {
    const services = await this.#services();
    const { fetch } = this.#options;
    return fakeEnv({ instances: shapesOf(samples), services, ...(fetch && { fetch }), ...options });
  }

  /**
   * Creates, uses and closes, whatever happens. A handler that cannot be created is used by nobody: that it cannot is
   * the finding of one case, not of all.
   */
  async living(use: (handler: Handler, env: FakeEnv) => Promise<void>, samples?: readonly Sample[]) {
    await using env = await this.environment({}, samples);
    const handler = await this.create(env).catch(() => undefined);
    if (handler === undefined) return;
    try {
      await use(handler, env);
    } finally {
      await closeHandler(handler);
    }
  }

  /** Asks a handler about every sample, in turn. What it lacks is the finding of another case. */
  async askAll(
    handler: Handler,
    env: FakeEnv,
    samples: readonly Sample[] = this.samples,
  ): Promise<readonly Answered[]> {
    const answers: Answered[] = [];
    for (const { template, instance } of samples) {
      if (typeof handler[template.name] !== 'function') continue;
      answers.push(...(await askHandler(handler, template, instance, env)));
    }
    return answers;
  }

  /** What the adapter needs, made as the engine would; what is given stands over what it offers itself. */
  async #services(): Promise<Record<string, unknown>> {
    const made: Record<string, unknown> = {};
    for (const [name, token] of Object.entries(this.#adapter.needs)) {
      const offers = [...(this.#options.services ?? []), ...this.#adapter.services];
      const service = offers.find(offer => offer.token === token);
      assert.ok(service, `the adapter needs "${token.description}": pass it in services`);
      made[name] = await service.create(fakeEnv());
    }
    return made;
  }
}

/** Of instances of one name the first tells what types its fields have, as a configuration would. */
function shapesOf(samples: readonly Sample[]): InstanceShape[] {
  const first = new Map(
    samples.toReversed().map(sample => [`${sample.template.name} ${sample.instance.name}`, sample]),
  );
  return [...first.values()].map(({ template, instance }) => shapeOf(template, instance));
}

export async function closeHandler(handler: Handler): Promise<void> {
  if (typeof handler['close'] === 'function') await handler['close']();
}
