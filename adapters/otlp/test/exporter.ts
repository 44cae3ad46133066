import otlp from '@krater/adapter-otlp';
import { type InstanceShape, stringMap, type Value, type ValueType } from '@krater/mixer';
import { createHandler, type FakeEnv, fakeContext, fakeEnv } from '@krater/mixer/testing';

export const counter = { instance: 'requests', name: 'requests', kind: 'counter' };

/** What a rule would send: a metric of the name `requests`, unless said otherwise. */
export function metricShape(
  dimensions: { readonly [name: string]: ValueType } = {},
  { name = 'requests', value = 'INT64' as ValueType } = {},
): InstanceShape {
  return { name, template: 'metric', types: { value, dimensions } };
}

/** A log entry of the name `access`. */
export function logShape(
  variables: { readonly [name: string]: ValueType } = { n: 'INT64' },
  more: Record<string, ValueType> = {},
): InstanceShape {
  return { name: 'access', template: 'logentry', types: { variables, ...more } };
}

/** A handler, and what it says of its records. */
export async function exporter(
  config: object,
  instances: readonly InstanceShape[] = [metricShape(), logShape()],
  env: FakeEnv = fakeEnv({ instances }),
) {
  const handler = await createHandler(otlp, { metrics: [counter], ...config }, env);
  const figure = (name: string) => env.measured.get(`otlp_${name}_total`) ?? 0;
  const settled = (signal: 'points' | 'logs') => figure(`${signal}_acknowledged`) + figure(`${signal}_lost`);
  return {
    env,
    figure,
    tell(value: Value, dimensions: Record<string, Value> = {}, name = 'requests') {
      const map = Object.assign(stringMap([]), dimensions) as { readonly [key: string]: Value };
      return handler.metric([{ name, value, dimensions: map } as never], fakeContext(env));
    },
    log: (...entries: object[]) =>
      handler.logentry(entries.map(entry => ({ name: 'access', ...entry })) as never, fakeContext(env)),
    logMany(count: number, from = 0) {
      const entries = Array.from({ length: count }, (_, n) => ({
        name: 'access',
        variables: { n: from + n },
      }));
      return handler.logentry(entries as never, fakeContext(env));
    },
    /** Moves the time on until as many records are settled, with real time for the sockets. */
    async settled(signal: 'points' | 'logs', count: number) {
      while (settled(signal) < count) {
        await env.clock.advance(50, { wait: false });
        for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
      }
    },
    close: () => handler.close?.(),
    async [Symbol.asyncDispose]() {
      await env.close();
    },
  };
}
