import { createIsolation } from '@krater/isolation';
import { type RemoteServer, serveAdapter } from '@krater/isolation/serving';
import { type AdapterResolver, type AnyAdapter, createMixer, type Mixer, silentLog } from '@krater/mixer';
import { compare, inWords } from './measure.ts';
import type { Row } from './row.ts';

const levels = ['inline', 'worker', 'process', 'remote'];
const batch = 100;

/** Krater's own adapters, as files that can be imported again elsewhere. */
const adapters: AdapterResolver = {
  async resolve(name) {
    const url = import.meta.resolve(
      name === 'counting' ? './counting-adapter.ts' : `@krater/adapter-${name}`,
    );
    const { default: adapter } = (await import(url)) as { readonly default: AnyAdapter };
    return { adapter, origin: name, module: { url, root: new URL('.', url).href, revision: 0 } };
  },
};

const config = (check: string, report: string) => `apiVersion: krater.dev/v1
kind: Rule
metadata: { name: checks }
spec:
  match: "true"
  actions:
  - handler: { adapter: denylist, isolation: ${check}, deadline: 10s, params: { entries: [mallory] } }
    instances: [{ name: user, template: listentry, params: { value: 'source.user | ""' } }]
---
apiVersion: krater.dev/v1
kind: Rule
metadata: { name: reports }
spec:
  match: "true"
  actions:
  - handler: { adapter: counting, isolation: ${report}, deadline: 10s }
    instances:
    - name: calls
      template: metric
      params:
        value: "1"
        dimensions:
          source: source.workload.name | "unknown"
          destination: destination.service.name | "unknown"
          method: request.method | "unknown"
          path: request.path | "unknown"
          code: response.code | 0
`;

const servers: RemoteServer[] = [];

/** Servers in this process: what is measured is the way there and back, on one core for both ends. */
async function serverOf(name: string): Promise<string> {
  const { adapter } = await adapters.resolve(name, '');
  const server = await serveAdapter({ adapter, host: '127.0.0.1', port: 0 });
  servers.push(server);
  return `{ mode: remote, address: "${server.address}" }`;
}

async function mixerAt(level: string): Promise<Mixer> {
  const isolated = (name: string) => (level === 'remote' ? serverOf(name) : level);
  return createMixer({
    config: config(await isolated('denylist'), await isolated('counting')),
    adapters,
    log: silentLog,
    checkDeadline: 10_000,
    isolation: createIsolation(),
  });
}

function bagOf(mixer: Mixer, index: number) {
  return mixer
    .bag()
    .put('source.user', `user-${index}`)
    .put('source.workload.name', 'productpage-v1')
    .put('destination.service.name', 'reviews')
    .put('request.method', 'GET')
    .put('request.path', `/reviews/${index}`);
}

/** What a check, pipelined checks and a batch of report instances cost where their handlers run elsewhere. */
export async function run(): Promise<Row[]> {
  const mixers = new Map<string, Mixer>();
  for (const level of levels) mixers.set(level, await mixerAt(level));
  const contenders = (work: (mixer: Mixer) => { readonly operations: number; readonly run: () => unknown }) =>
    Object.fromEntries([...mixers].map(([level, mixer]) => [level, work(mixer)]));
  const rows = [
    ...rowsOf(
      'a check, one at a time',
      await compare(
        contenders(mixer => {
          const bag = bagOf(mixer, 1);
          return { operations: 1, run: () => mixer.check(bag) };
        }),
      ),
    ),
    ...rowsOf(
      'a check, 32 at a time',
      await compare(
        contenders(mixer => {
          const bags = Array.from({ length: 32 }, (_, index) => bagOf(mixer, index));
          return { operations: 32, run: () => Promise.all(bags.map(bag => mixer.check(bag))) };
        }),
      ),
    ),
    ...rowsOf(
      `a batch of ${batch} report instances`,
      await compare(
        contenders(mixer => {
          const bags = Array.from({ length: batch }, (_, index) =>
            bagOf(mixer, index).put('response.code', 200),
          );
          return { operations: 1, run: () => mixer.report(bags) };
        }),
      ),
    ),
  ];
  for (const mixer of mixers.values()) await mixer.close();
  for (const server of servers) await server.close();
  return rows;
}

/** Each level against inline: smaller than 1 is what it costs. */
function rowsOf(what: string, timings: Awaited<ReturnType<typeof compare<string>>>): Row[] {
  const inline = timings['inline'];
  return Object.entries(timings)
    .filter(([level]) => level !== 'inline')
    .map(([level, timing]) => ({
      what: `${what}, in isolation: ${level}`,
      ours: inWords(timing),
      peer: inline === undefined ? '' : `inline ${inWords(inline)}`,
      ratio: inline === undefined ? undefined : inline.median / timing.median,
      target: '',
      met: undefined,
    }));
}
