import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createIsolation } from '@krater/isolation';
import { type AdapterResolver, type AnyAdapter, createMixer, type Mixer, silentLog } from '@krater/mixer';
import { summarize } from './measure.ts';
import type { Row } from './row.ts';

const rounds = 5;
/** Milliseconds of load in one round, and requests in each of its milliseconds: every tenth one meets the bad handler. */
const duration = 4_000;
const perTick = 4;

/** What misbehaves, where it is said to be contained. */
const cases: readonly (readonly [behaviour: string, level: string])[] = [
  ['throw', 'inline'],
  ['hang', 'inline'],
  ['spin', 'worker'],
  ['leak heap', 'worker'],
  ['spin', 'process'],
  ['leak native', 'process'],
  ['exit', 'process'],
];

const adapters: AdapterResolver = {
  async resolve(name) {
    const file =
      name === 'misbehaving'
        ? new URL('../../core/isolation/test/fixtures/misbehaving.ts', import.meta.url).href
        : import.meta.resolve(`@krater/adapter-${name}`);
    const { default: adapter } = (await import(file)) as { readonly default: AnyAdapter };
    return { adapter, origin: name, module: { url: file, root: new URL('.', file).href, revision: 0 } };
  },
};

const config = (level: string, cure: string) => `apiVersion: krater.dev/v1
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

/** The other rules beside a handler that misbehaves: the 99th percentile, against the same handler when it is cured. */
export async function run(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'krater-containment-'));
  const rows: Row[] = [];
  for (const [behaviour, level] of cases) {
    const ill: number[] = [];
    const well: number[] = [];
    const cure = join(folder, `${level}-${behaviour.replace(' ', '-')}`);
    for (let round = 0; round < rounds; round++) {
      rmSync(cure, { force: true });
      ill.push(await underLoad(level, behaviour, cure));
      writeFileSync(cure, 'cured');
      well.push(await underLoad(level, behaviour, cure));
    }
    const [bad, normal] = [summarize(ill), summarize(well)];
    rows.push({
      what: `p99 of other rules beside "${behaviour}", ${level}`,
      ours: inWords(bad),
      peer: `cured ${inWords(normal)}`,
      ratio: bad.median / normal.median,
      target: '≤ 1.5×',
      met: bad.median / normal.median <= 1.5,
    });
  }
  rmSync(folder, { recursive: true });
  return rows;
}

/** The time from when a request was due until it was answered: what a blocked thread would add to. */
async function underLoad(level: string, behaviour: string, cure: string): Promise<number> {
  const mixer = await createMixer({
    config: config(level, cure),
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

function inWords({ median, spread }: { readonly median: number; readonly spread: number }): string {
  return `${(median / 1000).toFixed(2)} ms ±${Math.round(spread * 100)} %`;
}
