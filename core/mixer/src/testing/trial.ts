import assert from 'node:assert/strict';
import type { AnyAdapter } from '../adapter.ts';
import type { BaseEnv, InstanceShape } from '../env.ts';
import type { Template } from '../template.ts';
import type { Service } from '../token.ts';
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
  readonly #services: { readonly service: Service; readonly made: unknown; readonly env: FakeEnv }[] = [];

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
    const services = await this.#makeServices();
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

  /** Runs something, and closes the services that were made for it, backwards, as the engine would. */
  async ending(run: () => Promise<unknown>): Promise<void> {
    try {
      await run();
    } finally {
      for (const { service, made, env } of this.#services.splice(0).reverse()) {
        await service.close?.(made);
        await env.close();
      }
    }
  }

  /** What the adapter needs; what is given stands over what it offers itself. */
  async #makeServices(): Promise<Record<string, unknown>> {
    const found: Record<string, unknown> = {};
    for (const [name, token] of Object.entries(this.#adapter.needs)) {
      const offers = [...(this.#options.services ?? []), ...this.#adapter.services];
      const service = offers.find(offer => offer.token === token);
      assert.ok(service, `the adapter needs "${token.description}": pass it in services`);
      const env = fakeEnv();
      const made = await service.create(env);
      this.#services.push({ service, made, env });
      found[name] = made;
    }
    return found;
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
