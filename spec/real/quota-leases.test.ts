// limit: 180 s
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import memquota from '@krater/adapter-memquota';
import { createMixer, silentLog } from '@krater/mixer';
import { createMixerServer } from '@krater/wire';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Load, monotonic, type Told } from './quota-client.ts';

const test = suite('quota leases over processes');

const limit = 1_000;
const window = 1_000;
/** Milliseconds of load before anything is counted: twenty processes that have just begun take more than two cores. */
const warmUp = 10_000;

const policy = `
apiVersion: krater.dev/v1
kind: Rule
metadata: { name: shared }
spec:
  match: true
  onError: deny
  actions:
  - handler: { adapter: memquota, params: { quotas: [{ name: requests, limit: ${limit}, window: ${window}ms }] } }
    instances: [{ name: requests, template: quota }]
`;

type Admission = readonly [before: number, after: number];

class Client {
  readonly #child: ChildProcess;
  readonly admitted: Admission[] = [];
  failed = 0;
  held = 0;

  constructor(load: Load) {
    this.#child = fork(new URL('./quota-client.ts', import.meta.url), [JSON.stringify(load)], {
      execArgv: ['--conditions=krater-source'],
    });
    this.#child.on('message', (told: Told) => {
      this.admitted.push(...told.admitted);
      this.failed = told.failed;
      this.held = told.held;
    });
  }

  async ready(): Promise<void> {
    const failed = this.ended().then(() => assert.unreachable('a client has ended before it began'));
    await Promise.race([once(this.#child, 'message'), failed]);
  }

  start(from: number, until: number): void {
    this.#child.send({ from, until });
  }

  async ended(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'close');
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended();
  }
}

/** A Mixer, and clients of it, each a process of its own, that ask all the time. */
async function load(
  {
    clients: count,
    rate,
    seconds,
    leases = true,
  }: { clients: number; rate: number; seconds: number; leases?: boolean },
  meanwhile: (clients: readonly Client[], from: number) => Promise<void> = async () => {},
) {
  await using opened = new AsyncDisposableStack();
  const mixer = await createMixer({ config: policy, adapters: [memquota], log: silentLog });
  opened.defer(() => mixer.close());
  const server = await createMixerServer({ mixer, listen: { host: '127.0.0.1', port: 0 } });
  opened.defer(() => server.drain(0));
  const { port } = server.address as { port: number };
  const clients = Array.from({ length: count }, () => {
    const client = new Client({ address: `127.0.0.1:${port}`, leases, rate: rate / count });
    opened.defer(() => client.kill());
    return client;
  });
  await Promise.all(clients.map(client => client.ready()));
  const began = monotonic();
  const from = began + warmUp;
  const until = from + seconds * 1_000;
  // A little longer, so that the last window is a full one.
  for (const client of clients) client.start(began, until + window / 2);
  await delay(warmUp);
  await meanwhile(clients, from);
  await Promise.all(clients.map(client => client.ended()));
  const admitted = clients.flatMap(client => client.admitted).filter(([, after]) => after >= from);
  return { clients, admitted, from, until };
}

/**
 * The most that was certainly let through within one window, wherever it begins: a request is let through in some moment
 * between being asked about and being answered.
 */
function mostInAWindow(admitted: readonly Admission[]): number {
  const sorted = admitted.toSorted(([a], [b]) => a - b);
  let most = 0;
  for (const [index, [begin]] of sorted.entries()) {
    const end = begin + window;
    let inside = 0;
    for (let at = index; at < sorted.length; at++) {
      const [before, after] = sorted[at] as Admission;
      if (before >= end) break;
      if (after < end) inside++;
    }
    most = Math.max(most, inside);
  }
  return most;
}

/** How many may have been let through in each whole second: by the same uncertainty, seen from the other side. */
function bySecond(admitted: readonly Admission[], from: number, until: number): number[] {
  const counts = new Array<number>(Math.floor((until - from) / window)).fill(0);
  for (const [before, after] of admitted) {
    const first = Math.max(0, Math.floor((before - from) / window));
    const last = Math.min(counts.length - 1, Math.floor((after - from) / window));
    for (let second = first; second <= last; second++) (counts[second] as number)++;
  }
  return counts;
}

test('twenty clients under three times the load share a limit, and one that is killed gives its share back', async () => {
  for (let attempt = 1; ; attempt++) {
    const { low, stalled } = await shareTheLimit();
    if (low.length === 0) return;
    // Twenty processes that the machine does not let run cannot use up a limit: that says nothing of the leases.
    assert.ok(stalled && attempt < 3, `too few in these seconds: ${low.join(' ')}`);
    console.log('measured again: the machine stalled');
  }
});

async function shareTheLimit(): Promise<{ low: readonly number[]; stalled: boolean }> {
  let killedAt = 0;
  const stalls = monitorEventLoopDelay();
  const { clients, admitted, from, until } = await load(
    { clients: 20, rate: 3 * limit, seconds: 30 },
    async all => {
      stalls.enable();
      await delay(12_000);
      const holding = () => all.findIndex(({ held }) => held > 0);
      while (holding() < 0) await delay(1);
      killedAt = monotonic();
      await (all[holding()] as Client).kill();
    },
  );
  stalls.disable();
  const seconds = bySecond(admitted, from, until);
  const most = mostInAWindow(admitted);
  const failed = clients.reduce((sum, client) => sum + client.failed, 0);
  console.log(`by second: ${seconds.join(' ')}; at most ${most} in a window; ${failed} without an answer`);
  assert.ok(most <= 1.05 * limit, `${most} in one window`);
  const ofTheKill = Math.floor((killedAt - from) / window);
  const low = seconds.filter((count, second) => count < 0.95 * limit && second !== ofTheKill);
  return { low, stalled: stalls.max > 200e6 };
}

test('one client alone can use all of it', async () => {
  const { admitted, from, until } = await load({ clients: 1, rate: 3 * limit, seconds: 6 });
  const seconds = bySecond(admitted, from, until);
  console.log(`by second: ${seconds.join(' ')}; at most ${mostInAWindow(admitted)} in a window`);
  assert.ok(Math.min(...seconds) >= 0.95 * limit, seconds.join(' '));
  assert.ok(mostInAWindow(admitted) <= 1.05 * limit);
});

test('strict mode is exact', async () => {
  const { admitted, from, until } = await load({ clients: 4, rate: 2 * limit, seconds: 5, leases: false });
  const seconds = bySecond(admitted, from, until);
  console.log(`by second: ${seconds.join(' ')}; at most ${mostInAWindow(admitted)} in a window`);
  assert.ok(mostInAWindow(admitted) <= limit, String(mostInAWindow(admitted)));
  assert.ok(Math.min(...seconds) >= 0.95 * limit, seconds.join(' '));
});

test.run();
