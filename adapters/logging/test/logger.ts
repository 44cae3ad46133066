import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import logging from '@krater/adapter-logging';
import type { InstanceShape, ValueType } from '@krater/mixer';
import { createHandler, type FakeEnv, fakeContext, fakeEnv } from '@krater/mixer/testing';
import { createLogSinks, type LogSinks } from '../src/log-sinks.ts';

/** What a rule would send: an instance of the name `access`. */
export function shape(
  variables: { readonly [name: string]: ValueType } = { n: 'INT64' },
  more: object = {},
): InstanceShape {
  return { name: 'access', template: 'logentry', types: { variables, ...more } };
}

/** A folder that is gone afterwards. */
export function folder() {
  const path = mkdtempSync(join(tmpdir(), 'krater-logging-'));
  return {
    path,
    file: (name = 'access.log') => join(path, name),
    read: (name = 'access.log') => readFileSync(join(path, name), 'utf8'),
    lines: (name = 'access.log') => readFileSync(join(path, name), 'utf8').split('\n').slice(0, -1),
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
}

export function logEnv(
  instances: readonly InstanceShape[] = [shape()],
  handler = 'test',
): FakeEnv & { readonly sinks: LogSinks } {
  const clock = fakeEnv().clock;
  const world = fakeEnv({ clock });
  return fakeEnv({ handler, instances, clock, services: { sinks: createLogSinks(world) } });
}

/** A handler, and what it says of its records. */
export async function logger(config: object, env: FakeEnv & { readonly sinks: LogSinks } = logEnv()) {
  const handler = await createHandler(logging, config, env).catch(async error => {
    await env.close();
    throw error;
  });
  const figure = (name: string) => env.measured.get(name) ?? 0;
  return {
    env,
    tell: (variables: object, more: object = {}) =>
      handler.logentry([{ name: 'access', variables, ...more }] as never, fakeContext(env)),
    tellMany(count: number, make: (n: number) => object = n => ({ n })) {
      const entries = Array.from({ length: count }, (_, n) => ({ name: 'access', variables: make(n) }));
      return handler.logentry(entries as never, fakeContext(env));
    },
    acknowledged: () => figure('logging_acknowledged_total'),
    lost: () => figure('logging_lost_total'),
    /** Until as many entries are settled, with real time for the files. */
    async settled(count: number) {
      while (figure('logging_acknowledged_total') + figure('logging_lost_total') < count)
        await new Promise(setImmediate);
    },
    close: async () => {
      await handler.close?.();
      await env.close();
    },
  };
}
