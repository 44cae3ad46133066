import type { BaseEnv } from '@krater/mixer';
import type { Config } from './config.ts';
import { parseEntries } from './content.ts';
import { buildMatcher, type Matcher } from './matcher.ts';
import { type Content, failure, fileSource, type Source, urlSource } from './source.ts';

/** What was read last, for the handler's next configuration: it can serve although the source is down just then. */
interface Last {
  content?: Content;
  at: number;
}

/** A list that somebody else maintains: read again and again, served as long as it has not expired. */
export class LiveList {
  readonly #config: Config;
  readonly #env: BaseEnv;
  readonly #source: Source;
  readonly #last: Last;
  readonly #failures: { add(): void };
  readonly #size: { set(value: number): void };
  #content: Content | undefined;
  #matcher: Matcher | undefined;

  private constructor(config: Config, env: BaseEnv) {
    const { file, url = '' } = config;
    this.#config = config;
    this.#env = env;
    this.#source = file === undefined ? urlSource(url, config, env) : fileSource(file, config, env);
    this.#last = env.keep(`list ${file ?? url}`, () => ({ at: -Infinity }));
    this.#failures = env.metrics.counter('refresh_failures', 'times that the list could not be read');
    this.#size = env.metrics.gauge('entries', 'entries of the list');
  }

  /** Reads it once, for as long as its timeout allows, whether that succeeds or not; then regularly. */
  static async start(config: Config, env: BaseEnv): Promise<LiveList> {
    const list = new LiveList(config, env);
    list.#adoptLast();
    await list.#refresh(() => {});
    env.timers.every(config.refresh, () => list.#refresh(() => env.changed()));
    return list;
  }

  /** The list, and for how many milliseconds answers from it may be reused; throws where there is none to go by. */
  current(): { readonly matcher: Matcher; readonly reusable: number } {
    const remaining = this.#last.at + this.#config.expiry - this.#env.clock.now();
    if (this.#matcher === undefined) throw failure('DENYLIST_UNAVAILABLE', 'the list has not been read yet');
    if (remaining <= 0)
      throw failure('DENYLIST_UNAVAILABLE', 'the list could not be read again and has expired');
    return { matcher: this.#matcher, reusable: Math.min(remaining, this.#config.refresh) };
  }

  #adoptLast(): void {
    if (this.#last.content === undefined) return;
    try {
      this.#take(this.#last.content);
    } catch {
      // read under another type or format: the refresh that follows says so
    }
  }

  async #refresh(changed: () => void): Promise<void> {
    try {
      const content = await this.#source(this.#content);
      if (content !== 'unchanged' && content.text !== this.#content?.text) {
        this.#take(content);
        changed();
      }
      this.#last.content = content === 'unchanged' ? (this.#content as Content) : content;
      this.#content = this.#last.content;
      this.#last.at = this.#env.clock.now();
    } catch (error) {
      if (this.#env.signal.aborted) return;
      this.#failures.add();
      const { code, message } = error as { code?: string; message: string };
      const { file, url } = this.#config;
      this.#env.log.warn('the list could not be refreshed', {
        from: file ?? withoutCredentials(url),
        code,
        message,
      });
    }
  }

  /** Takes a list as a whole or not at all: half a list would let through what the other half denies. */
  #take(content: Content): void {
    const { type, entries, format } = this.#config;
    const read = parseEntries(content.text, format);
    const matcher = buildMatcher(type, [...entries, ...read]);
    const mistake = matcher.mistakes[0];
    if (mistake !== undefined) throw failure('DENYLIST_BAD_CONTENT', mistake.message);
    this.#matcher = matcher;
    this.#content = content;
    this.#size.set(matcher.size);
  }
}

function withoutCredentials(url: string | undefined): string {
  const { origin, pathname } = new URL(url ?? '');
  return origin + pathname;
}
