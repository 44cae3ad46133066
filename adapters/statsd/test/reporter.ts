import statsd from '@krater/adapter-statsd';
import { type InstanceShape, stringMap, type Value, type ValueType } from '@krater/mixer';
import { createHandler, fakeContext, fakeEnv } from '@krater/mixer/testing';

/** What a rule would send: an instance of the name `requests`, unless said otherwise. */
export function shape(
  dimensions: { readonly [name: string]: ValueType } = {},
  { name = 'requests', value = 'INT64' as ValueType } = {},
): InstanceShape {
  return { name, template: 'metric', types: { value, dimensions } };
}

export const counter = { instance: 'requests', name: 'requests', kind: 'counter' };

/** A handler, and what it says of its metrics. */
export async function reporter(
  config: object,
  instances: readonly InstanceShape[] = [shape()],
  random?: () => number,
) {
  const env = fakeEnv({ instances, ...(random && { random }) });
  const handler = await createHandler(statsd, { metrics: [counter], ...config }, env);
  const figure = (name: string) => env.measured.get(`statsd_${name}_total`) ?? 0;
  return {
    env,
    figure,
    tell(value: Value, dimensions: Record<string, Value> = {}, name = 'requests') {
      const map = Object.assign(stringMap([]), dimensions) as { readonly [key: string]: Value };
      return handler.metric([{ name, value, dimensions: map } as never], fakeContext(env));
    },
    /** Until as many metrics are settled, with real time for the sockets. */
    async settled(count: number) {
      while (figure('acknowledged') + figure('lost') < count) await new Promise(setImmediate);
    },
    async close() {
      await handler.close?.();
      await env.close();
    },
  };
}
