import type { Finding } from './document.ts';
import { printable, printFrame } from './frame.ts';
import type { Place, Problem, SourceFile } from './problem.ts';

/** Offsets into a text; the end is exclusive. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** A file's text with the way from offsets to places. Lines are looked for when the first problem needs them. */
export class SourceText {
  readonly file: SourceFile;
  readonly #masks: Range[] = [];
  #lineStarts: number[] | undefined;

  constructor(file: SourceFile) {
    this.file = file;
  }

  /** Hides a range in every frame from now on. */
  mask(range: Range): void {
    this.#masks.push(range);
  }

  problem({ code, message, hint, severity = 'error' }: Finding, range: Range): Problem {
    const place = this.place(range);
    const frame = printFrame(number => this.#line(number), place);
    return {
      code,
      severity,
      message: printable(message),
      ...(hint !== undefined && { hint: printable(hint) }),
      place,
      frame,
    };
  }

  place({ start, end }: Range): Place {
    const { text, path } = this.file;
    const from = this.#position(Math.min(Math.max(start, 0), text.length));
    const to = this.#position(Math.min(Math.max(end, start), text.length));
    return { file: path, line: from.line, column: from.column, endLine: to.line, endColumn: to.column };
  }

  #position(offset: number): { line: number; column: number } {
    const starts = this.#starts();
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
  }

  /** A line without its end, secrets replaced; undefined past the last one. */
  #line(number: number): string | undefined {
    const starts = this.#starts();
    const start = starts[number - 1];
    if (start === undefined) return undefined;
    const end = starts[number] ?? this.file.text.length + 1;
    let line = this.file.text.slice(start, end - 1);
    for (const mask of this.#masks) {
      const from = Math.max(mask.start - start, 0);
      const to = Math.min(mask.end - start, line.length);
      if (from < to) line = line.slice(0, from) + '*'.repeat(to - from) + line.slice(to);
    }
    return line.replace(/\r$/, '');
  }

  #starts(): readonly number[] {
    if (this.#lineStarts === undefined) {
      this.#lineStarts = [0];
      for (let at = this.file.text.indexOf('\n'); at !== -1; at = this.file.text.indexOf('\n', at + 1)) {
        this.#lineStarts.push(at + 1);
      }
    }
    return this.#lineStarts;
  }
}
