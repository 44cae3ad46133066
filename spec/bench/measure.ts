/** One contender: `run` does `operations` operations and returns something, so that nothing is optimised away. */
export interface Contender {
  readonly operations: number;
  readonly run: () => unknown;
}

/** Time per operation over all rounds. */
export interface Timing {
  /** Microseconds per operation: the median of the rounds. */
  readonly median: number;
  /** Half the distance between the quartiles, as a share of the median. */
  readonly spread: number;
}

export interface Method {
  /** At least five; odd, so that the median is one of them. */
  readonly rounds?: number;
  /** How long one contender runs within one round, in milliseconds. */
  readonly milliseconds?: number;
}

const sink: unknown[] = [];

/**
 * Times contenders against one another, in turns (A B A B …), so that what disturbs the machine disturbs all of them.
 * Each is warmed up first, for a round's time.
 *
 * @example const { ours, peer } = await compare({ ours: { operations: 1, run: check }, peer: { operations: 1, run: other } });
 */
export async function compare<Name extends string>(
  contenders: Readonly<Record<Name, Contender>>,
  { rounds = 9, milliseconds = 120 }: Method = {},
): Promise<Record<Name, Timing>> {
  const names = Object.keys(contenders) as Name[];
  const times = Object.fromEntries(names.map(name => [name, [] as number[]])) as Record<Name, number[]>;
  for (const name of names) await time(contenders[name], milliseconds);
  for (let round = 0; round < Math.max(5, rounds); round += 1) {
    for (const name of names) times[name].push(await time(contenders[name], milliseconds));
  }
  return Object.fromEntries(names.map(name => [name, summarize(times[name])])) as Record<Name, Timing>;
}

/** Microseconds per operation. Promises are waited for, values are not, since waiting itself would cost. */
async function time({ operations, run }: Contender, milliseconds: number): Promise<number> {
  const end = performance.now() + milliseconds;
  let spent = 0;
  let runs = 0;
  do {
    const started = performance.now();
    const result = run();
    if (result instanceof Promise) await result;
    spent += performance.now() - started;
    runs += 1;
    sink[0] = result;
  } while (performance.now() < end);
  return (spent * 1000) / (runs * operations);
}

/** Median and spread of any measured figures. */
export function summarize(figures: readonly number[]): Timing {
  const sorted = figures.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))] ?? Number.NaN;
  return { median: at(0.5), spread: (at(0.75) - at(0.25)) / 2 / at(0.5) };
}

/** A timing as the table prints it. */
export function inWords({ median, spread }: Timing): string {
  const figure = median >= 1000 ? `${(median / 1000).toFixed(1)} ms` : `${median.toPrecision(3)} µs`;
  return `${figure} ±${Math.round(spread * 100)} %`;
}
