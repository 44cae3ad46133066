/** One line of the table that `npm run bench` prints. */
export interface Row {
  readonly what: string;
  /** As printed, with its unit and the spread: `3.1 µs ±4 %`. */
  readonly ours: string;
  readonly peer: string;
  /** Ours against the peer, greater is better; undefined for an absolute figure. */
  readonly ratio: number | undefined;
  readonly target: string;
  /** Undefined where no target is set, or where a program is missing to measure against. */
  readonly met: boolean | undefined;
}

/** A figure that stands for itself: there is nobody to compare it with. */
export function absolute(what: string, ours: string, target = '', met?: boolean): Row {
  return { what, ours, peer: '', ratio: undefined, target, met };
}

/** What a file of this folder exports to be a benchmark. */
export interface Bench {
  run(): Promise<Row[]>;
}
