import { hash } from 'node:crypto';
import { dimensionsKey, grant, type QuotaRequest, type QuotaResult } from '@krater/mixer';
import { answerOf, type Dimensions, type Limit, type Rule } from '@krater/mixer/limiter';
import type { Client } from './client.ts';
import type { Config } from './config.ts';
import { buildScript } from './script/script.ts';

/** One script that runs in Redis. */
type Command = (...keysAndArguments: readonly (string | number)[]) => Promise<readonly string[]>;

const algorithms: readonly Limit['algorithm'][] = [
  'allocation',
  'fixed-window',
  'sliding-window',
  'token-bucket',
];

/** Ids that are longer are told by their hash. */
const longestId = 100;

type Times = Pick<Config, 'prefix' | 'dedupTime' | 'returnTime' | 'idleTime'>;

/** What is counted in Redis: each decision is one script, on two keys of one slot. */
export class SharedCounts {
  readonly #commands: Readonly<Record<Limit['algorithm'], Command>>;
  readonly #config: Times;

  /** `clock` replaces Redis' own in the scripts, for tests that need the time to stand still. */
  constructor(client: Client, config: Times, clock?: string) {
    this.#config = config;
    const entries = algorithms.map(algorithm => {
      const name = `krater-${algorithm}`;
      client.defineCommand(name, { lua: buildScript(algorithm, clock), numberOfKeys: 2 });
      const command = (client as unknown as Record<string, Command>)[name] as Command;
      return [algorithm, command.bind(client)] as const;
    });
    this.#commands = Object.fromEntries(entries) as Record<Limit['algorithm'], Command>;
  }

  /** Rejects where Redis does not answer; whether it has charged is then unknown. */
  async decide(
    rule: Rule,
    dimensions: Dimensions,
    request: QuotaRequest,
    now?: number,
  ): Promise<QuotaResult> {
    const limit = rule.limitFor(dimensions);
    const { amount, bestEffort, dedupId } = request;
    const [granted, remaining, resetAfter, retryAfter] = await this.#commands[limit.algorithm](
      ...this.#keys(rule, limit, dimensions, dedupId),
      ...this.#limitArguments(limit),
      amount,
      bestEffort ? 1 : 0,
      dedupId === '' ? 0 : 1,
      ...this.#timeArguments(limit),
      ...(now === undefined ? [] : [now]),
    );
    const outcome = {
      granted: numberOf(granted),
      remaining: numberOf(remaining),
      resetAfter: numberOf(resetAfter),
      retryAfter: numberOf(retryAfter),
    };
    if (amount > 0) return answerOf(outcome, rule, limit);
    const standing = { limit: limit.limit, remaining: outcome.remaining, resetAfter: outcome.resetAfter };
    return grant(outcome.granted, Number.isNaN(outcome.remaining) ? undefined : standing, limit.leasable);
  }

  /** The braces are what Redis Cluster chooses the slot by. Names and values never reach a key as they are. */
  #keys(rule: Rule, { algorithm }: Limit, dimensions: Dimensions, id: string): [cell: string, grant: string] {
    const counted = digest(dimensionsKey(dimensions ?? {}));
    const cell = `${this.#config.prefix}{${encodeURIComponent(rule.name)}:${counted}}:${algorithm}`;
    return [cell, id === '' ? cell : `${cell}:${id.length > longestId ? digest(id) : id}`];
  }

  #limitArguments({ limit, window, rate, slotWidth }: Limit): number[] {
    return window === Infinity ? [limit, 0, 0, 0] : [limit, window, rate * window, slotWidth];
  }

  #timeArguments({ window }: Limit): number[] {
    const { dedupTime, returnTime, idleTime } = this.#config;
    const longest = window === Infinity ? idleTime : Math.max(idleTime, window);
    return [dedupTime, Math.max(dedupTime, Math.min(window, returnTime)), longest];
  }
}

function digest(text: string): string {
  return hash('sha256', text, 'base64url').slice(0, 22);
}

function numberOf(text: string | undefined): number {
  return text === 'inf' ? Infinity : Number(text);
}
