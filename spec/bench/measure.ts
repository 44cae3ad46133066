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
 * Times contenders against one another, in turns, so that what disturbs the machine disturbs all of them. Each is warmed
 * up first, for a round's time.
 *
 * @example const { ours, peer } = await compare({ ours: { operations: 1, run: check }, peer: { operations: 1, run: other } });
 */
export async function compare<Name extends string>(
  contenders: Readonly<Record<Name, Contender>>,
  { rounds = 9, milliseconds = 120 }: Method = {},
): Promise<Record<Name, Timing>> {
  const timed = await inTurns(contenders, Math.max(5, rounds), async one => ({
    time: await time(one, milliseconds),
  }));
  const timings = Object.entries<{ time: Timing }>(timed).map(([name, { time }]) => [name, time]);
  return Object.fromEntries(timings) as Record<Name, Timing>;
}

/**
 * Measures every contender once, to warm it up, and then in turns (A B A B …): median and spread of each figure that
 * `measure` tells of it.
 */
export async function inTurns<Name extends string, One, Figure extends string>(
  contenders: Readonly<Record<Name, One>>,
  rounds: number,
  measure: (contender: One) => Promise<Readonly<Record<Figure, number>>>,
): Promise<Record<Name, Record<Figure, Timing>>> {
  const taken = Object.entries<One>(contenders).map(([name, contender]) => ({
    name,
    contender,
    rounds: [] as Readonly<Record<Figure, number>>[],
  }));
  for (const { contender } of taken) await measure(contender);
  for (let round = 0; round < rounds; round += 1)
    for (const one of taken) one.rounds.push(await measure(one.contender));
  return Object.fromEntries(taken.map(one => [one.name, summarizeEach(one.rounds)])) as Record<
    Name,
    Record<Figure, Timing>
  >;
}

function summarizeEach<Figure extends string>(
  rounds: readonly Readonly<Record<Figure, number>>[],
): Record<Figure, Timing> {
  const figures = Object.keys(rounds[0] ?? {}) as Figure[];
  const timings = figures.map(figure => [figure, summarize(rounds.map(one => one[figure]))]);
  return Object.fromEntries(timings) as Record<Figure, Timing>;
}

/** A contender of so many equal operations. */
export function repeated(operations: number, run: () => unknown): Contender {
  return {
    operations,
    run: () => {
      let last: unknown;
      for (let count = 0; count < operations; count += 1) last = run();
      return last;
    },
  };
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
