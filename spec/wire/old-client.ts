import { Client, credentials, type ServiceError } from '@grpc/grpc-js';
import {
  decodeAnswer,
  encodeCheck,
  encodeReport,
  type OldAnswer,
  type OldAttributes,
  type OldMatch,
  type OldQuotas,
  type OldReporting,
} from './old-codec.ts';
import { baseWords, oldWords } from './old-words.ts';

/** A client of the original takes an INVALID_ARGUMENT that begins so for a sign to use fewer words. */
const unknownWords = 'Request could not be processed due to invalid';
const invalidArgument = 3;

export interface OldClientOptions {
  /** The global words that it knows: all 222, fewer, or more than anybody else. */
  readonly words?: readonly string[];
  /** Milliseconds. */
  readonly now?: () => number;
  /** Milliseconds. */
  readonly timeout?: number;
}

/** An answer, and whether it came from the cache. */
export type OldOutcome = OldAnswer & { readonly isHit: boolean };

/** One answer for all requests that agree with its matches. */
interface Cached {
  readonly answer: OldAnswer;
  readonly until: number;
  uses: number;
}

/** Answers that referred to the same things, by the values of these. */
interface Referred {
  readonly matches: readonly OldMatch[];
  readonly answers: Map<string, Cached>;
}

/**
 * A client as those of the original were: it says nothing of itself, knows no fields but the public ones, and caches each
 * answer for what it refers to, as long and as often as it says. It never hears of changes. It shares no code with
 * Krater, so that what both sides understand alike is the protocol.
 *
 * @example const { code, isHit } = await client.check({ 'request.path': '/', 'response.code': 200n });
 */
export class OldClient {
  readonly #client: Client;
  readonly #now: () => number;
  readonly #timeout: number;
  readonly #cache = new Map<string, Referred>();
  words: readonly string[];
  /** Calls that left. */
  calls = 0;

  constructor(address: string, options: OldClientOptions = {}) {
    const { words = oldWords, now = () => performance.now(), timeout = 5_000 } = options;
    this.#client = new Client(address, credentials.createInsecure());
    this.#now = now;
    this.#timeout = timeout;
    this.words = words;
  }

  /** A request that asks for quotas is never answered from the cache. Rejects with a ServiceError. */
  async check(attributes: OldAttributes, quotas: OldQuotas = {}, dedupId = ''): Promise<OldOutcome> {
    const asksQuota = Object.keys(quotas).length > 0;
    const cached = asksQuota ? undefined : this.#find(attributes);
    if (cached !== undefined) return { ...cached, isHit: true };
    const { words } = this;
    const answer = decodeAnswer(
      await this.#call('Check', encodeCheck(attributes, words, quotas, dedupId)),
      words,
    );
    this.#keep(attributes, answer);
    return { ...answer, isHit: false };
  }

  async report(records: readonly OldAttributes[], reporting: OldReporting = {}): Promise<void> {
    await this.#call('Report', encodeReport(records, this.words, reporting));
  }

  close(): void {
    this.#client.close();
  }

  #call(method: string, request: Buffer): Promise<Buffer> {
    this.calls++;
    const raw = (bytes: Buffer) => bytes;
    return new Promise((resolve, reject) => {
      const answered = (error: ServiceError | null, response?: Buffer) => {
        if (error === null) return resolve(response ?? Buffer.alloc(0));
        // It gives up this call, and uses fewer words from the next on.
        if (error.code === invalidArgument && error.details.startsWith(unknownWords))
          this.words = oldWords.slice(0, baseWords);
        return reject(error);
      };
      const options = { deadline: Date.now() + this.#timeout };
      this.#client.makeUnaryRequest(`/istio.mixer.v1.Mixer/${method}`, raw, raw, request, options, answered);
    });
  }

  #find(attributes: OldAttributes): OldAnswer | undefined {
    for (const { matches, answers } of this.#cache.values()) {
      const key = keyOf(matches, attributes);
      const cached = key === undefined ? undefined : answers.get(key);
      if (key === undefined || cached === undefined) continue;
      if (this.#now() > cached.until || cached.uses === 0) {
        answers.delete(key);
        return undefined;
      }
      if (cached.uses > 0) cached.uses--;
      return cached.answer;
    }
    return undefined;
  }

  #keep(attributes: OldAttributes, answer: OldAnswer): void {
    const { matches, duration, uses } = answer;
    const key = keyOf(matches, attributes);
    if (key === undefined || matches.some(({ condition }) => condition === 'REGEX')) return;
    const name = JSON.stringify(matches);
    const referred = this.#cache.get(name) ?? { matches, answers: new Map() };
    this.#cache.set(name, referred);
    referred.answers.set(key, { answer, until: this.#now() + duration, uses });
  }
}

/** The values that an answer depends on; undefined where it is for other requests. */
function keyOf(matches: readonly OldMatch[], attributes: OldAttributes): string | undefined {
  const values: unknown[] = [];
  for (const { name, key, condition } of matches) {
    const value = Object.hasOwn(attributes, name) ? attributes[name] : undefined;
    const isMap = typeof value === 'object' && 'map' in value;
    const found = isMap ? (Object.hasOwn(value.map, key) ? value.map[key] : undefined) : value;
    if ((found === undefined) !== (condition === 'ABSENCE')) return undefined;
    values.push(found);
  }
  return JSON.stringify(values, (_, part) => (typeof part === 'bigint' ? `${part}n` : part));
}
