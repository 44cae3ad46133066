import type { ValueWriter } from './value-text.ts';

const slotCount = 16;
const longestRemembered = 256;

/**
 * Writes one variable of a JSON line, with `prefix` in front. Most texts and numbers of a variable come again and again,
 * so a few are remembered as they were written.
 */
export class Field {
  readonly variable: string;
  readonly #prefix: string;
  readonly #write: ValueWriter;
  readonly #values: unknown[] = new Array(slotCount).fill(undefined);
  readonly #written: string[] = new Array(slotCount).fill('');

  constructor(variable: string, prefix: string, write: ValueWriter) {
    this.variable = variable;
    this.#prefix = prefix;
    this.#write = write;
  }

  json(value: unknown): string {
    const slot = slotOf(value);
    if (slot === undefined) return this.#prefix + this.#write(value);
    if (this.#values[slot] !== value) {
      this.#values[slot] = value;
      this.#written[slot] = '';
      return this.#prefix + this.#write(value);
    }
    // Worth a copy the second time only, and joined: what + puts together is walked part by part for each line.
    this.#written[slot] ||= [this.#prefix, this.#write(value)].join('');
    return this.#written[slot] as string;
  }
}

function slotOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value & (slotCount - 1);
  if (typeof value !== 'string' || value.length > longestRemembered) return undefined;
  return (value.length ^ value.charCodeAt(value.length - 1)) & (slotCount - 1);
}
