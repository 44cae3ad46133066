import { type Dimensions, SeriesLookup } from './series-lookup.ts';

/** What a table must know of a series; the rest is its owner's. */
export interface TrackedSeries {
  readonly labels: { readonly [name: string]: string };
  /** Told since the last sweep: for the owner to set. */
  active: boolean;
  /** Milliseconds; when a sweep last found it active. */
  seen: number;
}

const overflowText = '_overflow';
const longestText = 512;

/**
 * The series of one metric by the values of its labels, within a budget: what would need one series too many goes into
 * one whose labels are all `_overflow`, so that sums stay right. Label values are well-formed and cut off after 512
 * characters.
 *
 * @example
 * const table = new SeriesTable(['code'], 2_000, labels => ({ labels, count: 0, active: true, seen: 0 }));
 * const series = table.find({ code: 200 });
 * series.active = true;
 * if (series === table.overflow) folded.add();
 */
export class SeriesTable<S extends TrackedSeries> {
  readonly labels: readonly string[];
  readonly budget: number;
  readonly #make: (labels: S['labels']) => S;
  readonly #byKey = new Map<string, S>();
  readonly #lookup: SeriesLookup<S>;
  #overflow: S | undefined;

  constructor(labels: readonly string[], budget: number, make: (labels: S['labels']) => S) {
    this.labels = labels;
    this.budget = budget;
    this.#make = make;
    this.#lookup = new SeriesLookup(labels);
  }

  /** The series that takes what exceeds the budget, once there is one. */
  get overflow(): S | undefined {
    return this.#overflow;
  }

  /** Hot path: see {@link SeriesLookup}. */
  find(dimensions: Dimensions): S {
    return this.#lookup.find(dimensions) ?? this.#resolve(dimensions);
  }

  /** Removes the series that were last told something `expiry` milliseconds ago or longer. */
  sweep(now: number, expiry: number): void {
    const before = this.#byKey.size;
    for (const [key, series] of this.#byKey) {
      if (series.active) {
        series.active = false;
        series.seen = now;
      } else if (now - series.seen >= expiry && this.labels.length > 0) {
        this.#byKey.delete(key);
      }
    }
    if (this.#byKey.size < before) this.#lookup.forget();
  }

  *all(): Iterable<S> {
    yield* this.#byKey.values();
    if (this.#overflow !== undefined) yield this.#overflow;
  }

  /** The label with the most distinct values: usually the one to blame for a spent budget. */
  widestLabel(): string | undefined {
    const distinct = (label: string) =>
      new Set([...this.#byKey.values()].map(({ labels }) => labels[label])).size;
    return this.labels.toSorted((a, b) => distinct(b) - distinct(a))[0];
  }

  #resolve(dimensions: Dimensions): S {
    const texts = this.labels.map(label => labelText(dimensions[label]));
    const series = this.#byTexts(texts);
    this.#lookup.remember(dimensions, series);
    return series;
  }

  #byTexts(texts: readonly string[]): S {
    const key = texts.map(text => `${text.length}:${text}`).join('');
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    if (this.#byKey.size >= this.budget) {
      this.#overflow ??= this.#made(texts.map(() => overflowText));
      return this.#overflow;
    }
    const series = this.#made(texts);
    this.#byKey.set(key, series);
    return series;
  }

  #made(texts: readonly string[]): S {
    return this.#make(Object.fromEntries(this.labels.map((label, index) => [label, texts[index] as string])));
  }
}

/** Well-formed, because what is shown is UTF-8 and two texts that differ here must differ there. */
function labelText(value: unknown): string {
  const text = String(value).toWellFormed();
  return text.length <= longestText ? text : `${text.slice(0, longestText - 1).toWellFormed()}…`;
}
