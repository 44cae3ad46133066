import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { createIsolation } from '@krater/isolation';
import { shareCopiesWith } from '@krater/isolation/loading';
import { type AdapterResolver, type AnyAdapter, createMixer, type Mixer, silentLog } from '@krater/mixer';

// One Mixer in a process of its own: containment-contender.ts LEVEL BEHAVIOUR ADAPTER CURE; is put under load when its parent says so.
const [level = '', behaviour = '', misbehaving = '', cure = ''] = process.argv.slice(2);

/** Milliseconds of load in one round, and requests in each of its milliseconds: every tenth one meets the bad handler. */
const duration = 4_000;
const perTick = 4;

const adapters: AdapterResolver = {
  async resolve(name) {
    const file =
      name === 'misbehaving'
        ? pathToFileURL(misbehaving).href
        : import.meta.resolve(`@krater/adapter-${name}`);
    const root = new URL('.', file).href;
    shareCopiesWith(root, import.meta.url);
    const { default: adapter } = (await import(file)) as { readonly default: AnyAdapter };
    return { adapter, origin: name, module: { url: file, root, revision: 0 } };
  },
};

const config = `apiVersion: krater.dev/v1
kind: Rule
metadata: { name: bad }
spec:
  match: request.method == "BAD"
  actions:
  - handler: { adapter: misbehaving, isolation: { mode: ${level}${level === 'inline' ? '' : ', memory: 64MiB'} }, params: { cure: ${cure} } }
    instances: [{ name: value, template: listentry, params: { value: request.path } }]
---
apiVersion: krater.dev/v1
kind: Rule
metadata: { name: good }
spec:
  match: request.method == "GET"
  actions:
  - handler: { adapter: denylist, isolation: inline, params: { entries: [mallory] } }
    instances: [{ name: user, template: listentry, params: { value: 'source.user | ""' } }]
`;

/** The time from when a request was due until it was answered: what a blocked thread would add to. */
async function underLoad(): Promise<number> {
  const mixer = await createMixer({
    config,
    adapters,
    log: silentLog,
    isolation: createIsolation(),
  });
  const pending = new Set<Promise<unknown>>();
  const times: number[] = [];
  const begin = performance.now();
  for (let tick = 0; tick < duration; tick++) {
    const due = begin + tick;
    const early = due - performance.now();
    if (early > 0) await sleep(early);
    for (let index = 0; index < perTick; index++) {
      await mixer.check(bagOf(mixer, 'GET', '/'));
      times.push((performance.now() - due) * 1000);
    }
    if (tick % 3 > 0) continue;
    const asked = Promise.resolve(mixer.check(bagOf(mixer, 'BAD', behaviour))).finally(() =>
      pending.delete(asked),
    );
    pending.add(asked);
  }
  await Promise.all(pending);
  await mixer.close();
  times.sort((a, b) => a - b);
  return times[Math.floor(times.length * 0.99)] ?? Number.NaN;
}

function bagOf(mixer: Mixer, method: string, path: string) {
  return mixer.bag().put('request.method', method).put('request.path', path).put('source.user', 'ada');
}

process.on('message', async () => process.send?.(await underLoad()));
