import { type BaseEnv, type CallContext, KraterError, parseJson, type z } from '@krater/mixer';
import type { Code } from './codes.ts';
import type { Config } from './config.ts';
import type { Endpoint, Reply } from './endpoint.ts';
import { pause } from './pause.ts';

/** Puts questions to the service: so many at once, each a few times, until the caller has gone or its deadline is near. */
export class Asker {
  readonly #endpoint: Endpoint;
  readonly #config: Config;
  readonly #env: BaseEnv;
  readonly #retries: { add(): void };
  #waiting = 0;

  constructor(endpoint: Endpoint, config: Config, env: BaseEnv) {
    this.#endpoint = endpoint;
    this.#config = config;
    this.#env = env;
    this.#retries = env.metrics.counter('webhook_retries_total', 'questions that were put once more');
  }

  /** The answer, decoded; throws where there is none. What must not be done twice is put once. */
  async ask<S extends z.ZodType>(
    question: string,
    answer: S,
    context: CallContext,
    { once = false } = {},
  ): Promise<z.output<S>> {
    const { concurrency } = this.#config;
    if (this.#waiting >= concurrency)
      throw failure('WEBHOOK_BUSY', `${concurrency} questions are waiting for the service already`);
    this.#waiting++;
    try {
      return decoded(await this.#put(question, context, once ? 1 : this.#config.retry.attempts), answer);
    } finally {
      this.#waiting--;
    }
  }

  async #put(question: string, { signal, deadline }: CallContext, attempts: number): Promise<string> {
    let wait = this.#config.retry.pause;
    for (let attempt = 1; ; attempt++, wait *= 2) {
      const reply: Reply = await this.#endpoint.post(question, signal);
      if ('body' in reply) return reply.body;
      if ('refused' in reply) throw failure('WEBHOOK_REFUSED', reply.refused);
      if (attempt >= attempts || this.#env.clock.now() + wait >= deadline)
        throw failure('WEBHOOK_UNREACHABLE', reply.again);
      await pause(wait, this.#env, signal);
      signal.throwIfAborted();
      this.#retries.add();
    }
  }
}

function decoded<S extends z.ZodType>(body: string, answer: S): z.output<S> {
  let value: unknown;
  try {
    value = parseJson(body);
  } catch (cause) {
    throw failure('WEBHOOK_BAD_ANSWER', 'the service answers with what is no JSON', cause);
  }
  const parsed = answer.safeParse(value);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0] as { path: readonly PropertyKey[]; message: string };
  const place = path.length === 0 ? '' : `at "${path.join('.')}": `;
  throw failure('WEBHOOK_BAD_ANSWER', `the service answers in another form: ${place}${message}`);
}

function failure(code: Code, message: string, cause?: unknown): KraterError {
  return new KraterError(code, message, { cause });
}
