import { setTimeout as delay } from 'node:timers/promises';
import type { Outcome } from '@krater/mixer';
import { createMixerClient } from '@krater/wire';

/** What a client of the test is told when it is started. */
export interface Load {
  readonly address: string;
  readonly leases: boolean;
  /** Requests in a second. */
  readonly rate: number;
}

/** What it tells, every so often: of each request that was let through, between when and when. */
export interface Told {
  readonly ready: boolean;
  /** Milliseconds of the machine's monotonic clock: before the check, and after. */
  readonly admitted: readonly (readonly [before: number, after: number])[];
  readonly failed: number;
  /** Units of leases held. */
  readonly held: number;
}

/** The machine's, so the same in every process. */
export const monotonic = () => Number(process.hrtime.bigint()) / 1e6;

/** Milliseconds between two looks at how many requests are due. */
const step = 10;
/** What was due longer ago is not made up for: a machine that was busy elsewhere is no burst of requests. */
const longestDelay = 50;
const telling = 200;

if (process.send && process.argv[2]) await run(JSON.parse(process.argv[2]) as Load);

async function run({ address, leases, rate }: Load): Promise<void> {
  const client = createMixerClient({ addresses: [address], leases, timeout: 2_000 });
  const bag = client.bag().put('request.headers', { user: 'everybody' });
  let admitted: (readonly [number, number])[] = [];
  let failed = 0;
  const tell = (ready = true) => {
    const { held } = client.metrics().leases;
    process.send?.({ ready, admitted, failed, held } satisfies Told);
    admitted = [];
  };
  const ask = () => {
    const before = monotonic();
    const take = ({ status }: Outcome) => {
      if (status.code === 'OK') admitted.push([before, monotonic()]);
      else if (status.code !== 'RESOURCE_EXHAUSTED') failed++;
    };
    const outcome = client.check(bag);
    if (outcome instanceof Promise) void outcome.then(take);
    else take(outcome);
  };
  await client.ready(30_000);
  tell();
  const [{ from, until }] = (await once('message')) as [{ from: number; until: number }];
  let told = from;
  let due = from;
  for (let now = from; now < until; now = monotonic()) {
    due = Math.max(due, now - longestDelay);
    for (; due < now; due += 1_000 / rate) ask();
    if (now - told > telling) {
      tell();
      told = now;
    }
    await delay(step);
  }
  await delay(200);
  tell(false);
  await client.close(1_000);
  process.disconnect();
}

function once(event: 'message'): Promise<unknown[]> {
  return new Promise(resolve => process.once(event, (...values: unknown[]) => resolve(values)));
}
