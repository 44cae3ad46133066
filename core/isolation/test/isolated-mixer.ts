import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import {
  type AdapterResolver,
  type AnyAdapter,
  createMixer,
  type HandlerHealth,
  type HandlerHost,
  type Mixer,
} from '@krater/mixer';
import { recordedLog } from '@krater/mixer/testing';
import { createIsolation } from '../src/index.ts';

export const fixtures = fileURLToPath(new URL('./fixtures/', import.meta.url));

/** Adapters as files, imported here and to be imported again where they run. */
export const fileResolver: AdapterResolver = {
  async resolve(name) {
    const url = pathToFileURL(resolve(fixtures, `${name}.ts`)).href;
    const { default: adapter } = (await import(url)) as { default: AnyAdapter };
    return { adapter, origin: name, module: { url, root: pathToFileURL(fixtures).href, revision: 0 } };
  },
};

/** A rule for each handler, which asks it with the request's path, and whatever else stands in `more`. */
export function asking(handlers: Readonly<Record<string, string>>, more = ''): string {
  const documents = Object.entries(handlers).map(
    ([name, spec]) => `---
apiVersion: krater.dev/v1
kind: Handler
metadata: { name: ${name} }
spec: ${spec}
---
apiVersion: krater.dev/v1
kind: Rule
metadata: { name: ask-${name} }
spec:
  match: request.method == "${name}"
  actions:
  - { handler: ${name}, instances: [{ name: entry, template: listentry, params: { value: request.path } }] }
`,
  );
  return documents.join('') + more;
}

export async function isolatedMixer(
  config: string,
  options: {
    readonly deadline?: number;
    readonly host?: HandlerHost;
    readonly adapters?: AdapterResolver;
  } = {},
) {
  const log = recordedLog();
  const mixer = await createMixer({
    config,
    adapters: options.adapters ?? fileResolver,
    log,
    node: 'test',
    checkDeadline: 10_000,
    handlerDeadline: options.deadline ?? 5_000,
    isolation: options.host ?? createIsolation(),
  });
  return { mixer, log, [Symbol.asyncDispose]: () => mixer.close() };
}

/** Asks a handler of {@link asking}; the answer's code and message. */
export async function ask(mixer: Mixer, handler: string, path: string): Promise<string> {
  const bag = mixer.bag().put('request.method', handler).put('request.path', path);
  const { status } = await mixer.check(bag);
  return `${status.code} ${status.message}`.trim();
}

export function health(mixer: Mixer, handler: string): HandlerHealth {
  const found = mixer.status().handlers.find(({ name }) => name === `istio-system/${handler}`);
  if (found?.health === undefined) throw new Error(`no health of ${handler}`);
  return found.health;
}

/** Whether there is a process of this id. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Waits for what must come; the limit only keeps a failing test from hanging. */
export async function eventually<T>(what: () => T | Promise<T>, limit = 20_000): Promise<T> {
  for (const end = performance.now() + limit; ; await sleep(10)) {
    const found = await what();
    if (found || performance.now() > end) return found;
  }
}
