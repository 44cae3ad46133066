import type { Terminal } from '../terminal.ts';

export interface LoadFlags {
  readonly repeat: number;
  readonly concurrency: number;
}

/** What many calls came to. */
export interface LoadSummary {
  readonly calls: number;
  readonly seconds: number;
  readonly callsPerSecond: number;
  /** By what `call` answered: a status code, or the code of the error. */
  readonly outcomes: { readonly [outcome: string]: number };
  /** Milliseconds of one call. */
  readonly latency: { readonly [quantile in 'p50' | 'p90' | 'p99' | 'max']: number };
}

/** Calls `repeat` times, `concurrency` at a time, and tells how far it is once a second. */
export async function runLoad(
  { repeat, concurrency }: LoadFlags,
  terminal: Terminal,
  call: (sequence: number) => Promise<string>,
): Promise<LoadSummary> {
  const latencies = new Float64Array(repeat);
  const outcomes: { [outcome: string]: number } = Object.create(null);
  let started = 0;
  let done = 0;
  const began = performance.now();
  const progress = setInterval(() => {
    const rate = Math.round((done / (performance.now() - began)) * 1000);
    terminal.progress(`${done} of ${repeat} calls, ${rate} a second`);
  }, 1_000);

  const caller = async () => {
    while (started < repeat) {
      const sequence = started++;
      const before = performance.now();
      const outcome = await call(sequence).catch(error =>
        String((error as { code?: unknown }).code ?? error),
      );
      latencies[sequence] = performance.now() - before;
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
      done++;
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, repeat) }, caller)).finally(() =>
    clearInterval(progress),
  );

  const seconds = (performance.now() - began) / 1000;
  latencies.sort();
  const quantile = (share: number) => latencies[Math.ceil(share * repeat) - 1] ?? Number.NaN;
  return {
    calls: repeat,
    seconds,
    callsPerSecond: repeat / seconds,
    outcomes,
    latency: { p50: quantile(0.5), p90: quantile(0.9), p99: quantile(0.99), max: quantile(1) },
  };
}

export function formatLoad({ calls, seconds, callsPerSecond, outcomes, latency }: LoadSummary): string {
  const { p50, p90, p99, max } = latency;
  const inMs = (milliseconds: number) => `${milliseconds.toPrecision(3)} ms`;
  const counted = Object.entries(outcomes).sort(([, a], [, b]) => b - a);
  return [
    `${calls} calls in ${seconds.toFixed(2)} s: ${Math.round(callsPerSecond)} a second`,
    `  latency: p50 ${inMs(p50)}, p90 ${inMs(p90)}, p99 ${inMs(p99)}, max ${inMs(max)}`,
    ...counted.map(([outcome, count]) => `  ${outcome}: ${count}`),
  ].join('\n');
}
