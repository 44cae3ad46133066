import prometheus from '@krater/adapter-prometheus';
import { type InstanceShape, stringMap, type Value, type ValueType } from '@krater/mixer';
import { createHandler, type FakeEnv, fakeContext, fakeEnv } from '@krater/mixer/testing';
import { createScrapeEndpoints, type ScrapeEndpoints } from '../src/scrape-endpoint.ts';

/** What a rule would send: an instance of the name `requests`, unless said otherwise. */
export function shape(
  dimensions: { readonly [name: string]: ValueType } = {},
  { name = 'requests', value = 'INT64' as ValueType } = {},
): InstanceShape {
  return { name, template: 'metric', types: { value, dimensions } };
}

export const anyPort = { port: 0 };

/** A handler on a real socket. */
export async function scraped({
  metrics,
  instances = [shape()],
  expiry,
  endpoint = anyPort,
  env = fakeEnv({ instances, services: { endpoints: createScrapeEndpoints(fakeEnv().log) } }),
}: {
  readonly metrics: readonly object[];
  readonly instances?: readonly InstanceShape[];
  readonly expiry?: string;
  readonly endpoint?: object;
  readonly env?: FakeEnv & { readonly endpoints: ScrapeEndpoints };
}) {
  const config = { metrics, endpoint, ...(expiry && { expiry }) };
  const handler = await createHandler(prometheus, config, env).catch(async error => {
    await env.close();
    throw error;
  });
  const address = () => env.endpoints.addresses()[0]?.address ?? 'nowhere';
  return {
    env,
    address,
    tell(value: Value, dimensions: Record<string, Value> = {}, name = 'requests') {
      const map = Object.assign(stringMap([]), dimensions) as { readonly [key: string]: Value };
      return handler.metric([{ name, value, dimensions: map } as never], fakeContext(env));
    },
    scrape: async (init?: RequestInit) => (await fetch(address(), init)).text(),
    /** The value of one line, by everything in front of it. */
    async value(series: string) {
      const line = (await (await fetch(address())).text())
        .split('\n')
        .find(line => line.startsWith(`${series} `));
      return line === undefined ? undefined : Number(line.slice(series.length + 1));
    },
    async [Symbol.asyncDispose]() {
      await handler.close?.();
      await env.close();
    },
  };
}
