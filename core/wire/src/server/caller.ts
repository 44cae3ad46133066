import type { Log } from '@krater/mixer';
import type { CallRefusal } from './call.ts';

export type Right = 'check' | 'report';

/** Who may do what: names as certificates have them, or `spiffe://…/*` for all that begin so. */
export interface AllowList {
  readonly check: readonly string[];
  readonly report: readonly string[];
}

/** Whoever is at the other end of a connection, and what they may do. */
export interface Caller {
  /** Undefined if allowed. */
  refusal(right: Right): CallRefusal | undefined;
}

/** Everybody, where the way here is trusted: loopback, a Unix socket, or a certificate without an allow-list. */
export const trustedCaller: Caller = { refusal: () => undefined };

/** Somebody of whom nothing is known. */
export const strangerCaller: Caller = {
  refusal: right => ({ code: 'PERMISSION_DENIED', message: `no right to ${right} for an unknown caller` }),
};

/** A caller whose certificate has names; what it may not do is logged once a connection. */
export class NamedCaller implements Caller {
  readonly #names: readonly string[];
  readonly #allow: AllowList;
  readonly #log: Log;
  readonly #refusals = new Map<Right, CallRefusal | undefined>();

  constructor(names: readonly string[], allow: AllowList, log: Log) {
    this.#names = names;
    this.#allow = allow;
    this.#log = log;
  }

  refusal(right: Right): CallRefusal | undefined {
    if (!this.#refusals.has(right)) this.#refusals.set(right, this.#judge(right));
    return this.#refusals.get(right);
  }

  #judge(right: Right): CallRefusal | undefined {
    if (isNamed(this.#names, this.#allow[right])) return undefined;
    const who = this.#names.length === 0 ? 'a certificate without names' : this.#names.join(', ');
    this.#log.warn('a caller was refused', { right, names: this.#names, allowed: this.#allow[right] });
    return { code: 'PERMISSION_DENIED', message: `no right to ${right} for ${who}` };
  }
}

/** Whether one of a certificate's names is on a list, or begins as an entry that ends in `*`. */
export function isNamed(names: readonly string[], list: readonly string[]): boolean {
  return names.some(name =>
    list.some(entry => (entry.endsWith('*') ? name.startsWith(entry.slice(0, -1)) : name === entry)),
  );
}

/**
 * The names in a certificate's subjectAltName, as Node writes it: `URI:spiffe://a/b, DNS:host`. A value in which commas
 * or quotes could mislead stands in JSON quotes.
 */
export function parseSubjectAltName(text: string | undefined): readonly string[] {
  const names: string[] = [];
  const entry = /([A-Za-z0-9 ]+):("(?:[^"\\]|\\.)*"|[^,"]*)(?:, |$)/y;
  for (
    let found = entry.exec(text ?? '');
    found !== null && found[0] !== '';
    found = entry.exec(text ?? '')
  ) {
    const [, kind = '', value = ''] = found;
    if (kind === 'URI' || kind === 'DNS' || kind === 'email')
      names.push(value.startsWith('"') ? JSON.parse(value) : value);
  }
  return names;
}
