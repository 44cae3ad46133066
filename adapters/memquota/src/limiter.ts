import {
  type AdapterMetrics,
  grant,
  type QuotaRequest,
  type QuotaResult,
  type QuotaStanding,
  refuse,
} from '@krater/mixer';
import type { Cell } from './cell.ts';
import { CellTable, type Entry } from './cell-table.ts';
import type { Config } from './config.ts';
import type { DimensionIndex, Dimensions } from './dimension-index.ts';
import { GrantMemory, type RememberedGrant } from './grant-memory.ts';
import { buildRule, type Rule } from './rule.ts';

/** What outlives a reload. */
export class Counts {
  readonly cells = new CellTable();
  readonly grants = new GrantMemory();
  generation = 0;
}

/** One quota of the configuration and where it is counted. */
export interface CountedQuota {
  readonly rule: Rule;
  readonly index: DimensionIndex<Entry>;
}

/**
 * Decides quota requests of one configuration over counts that it may share with the next.
 *
 * Hot path: measured against rate-limiter-flexible in memory, which it is to be 5 times as fast as, by
 * spec/bench/memquota.ts.
 */
export class Limiter {
  readonly #config: Config;
  readonly #counts: Counts;
  readonly #generation: number;
  readonly #quotas: ReadonlyMap<string, CountedQuota>;
  readonly #bounds: { readonly maxKeys: number; readonly evicted: () => void };
  readonly #lifetime: number;

  constructor(config: Config, counts: Counts, metrics: AdapterMetrics) {
    this.#config = config;
    this.#counts = counts;
    this.#generation = ++counts.generation;
    const rules = config.quotas.map(quota => buildRule(quota, this.#generation));
    this.#quotas = new Map(rules.map(rule => [rule.name, { rule, index: counts.cells.indexOf(rule.name) }]));
    const evictions = metrics.counter(
      'evicted_keys',
      'live keys forgotten because the handler counts no more than maxKeys',
    );
    this.#bounds = { maxKeys: config.maxKeys, evicted: () => evictions.add() };
    this.#lifetime = Math.max(config.dedupTime, ...rules.map(({ longestWindow }) => longestWindow));
  }

  quota(name: string): CountedQuota | undefined {
    return this.#quotas.get(name);
  }

  decide(
    { rule, index }: CountedQuota,
    dimensions: Dimensions,
    request: QuotaRequest,
    now: number,
  ): QuotaResult {
    const { cells, grants } = this.#counts;
    let entry = index.get(dimensions);
    if (entry !== undefined && entry.cell.limit.generation < this.#generation) {
      cells.convert(entry, rule.limitFor(dimensions), now);
    }
    const { amount, bestEffort, dedupId } = request;
    if (amount <= 0) {
      if (entry === undefined) return amount < 0 ? grant(0) : untouched(rule, dimensions);
      return amount < 0
        ? this.#giveBack(entry, -amount, dedupId, now)
        : grant(0, standing(entry.cell, entry.cell.used(now), now));
    }

    entry ??= cells.add(index, dimensions, rule.limitFor(dimensions), now, this.#bounds);
    const before = dedupId === '' ? undefined : grants.find(dedupId, entry);
    if (before?.answer !== undefined && now - before.at < this.#config.dedupTime) {
      if (before.amount === amount && before.bestEffort === bestEffort) return before.answer;
    }

    const { cell } = entry;
    const used = cell.used(now);
    const free = Math.max(0, cell.limit.limit - used);
    const granted = amount <= free + rounding ? amount : bestEffort ? Math.floor(free + rounding) : 0;
    const mark = granted > 0 ? cell.charge(now, granted) : 0;
    const answer =
      granted > 0
        ? grant(granted, standing(cell, used + granted, now))
        : refusal(cell, rule, bestEffort ? 1 : amount, used, now);
    if (dedupId !== '') {
      const next = undefined;
      const remembered: RememberedGrant = {
        entry,
        at: now,
        amount,
        bestEffort,
        answer,
        cell,
        mark,
        granted,
        next,
      };
      grants.remember(dedupId, remembered, this.#lifetime, this.#config.maxGrants);
    }
    return answer;
  }

  /** An allocation takes any return; a grant that expires by itself only its own, as long as it counts. */
  #giveBack(entry: Entry, amount: number, dedupId: string, now: number): QuotaResult {
    const { cell } = entry;
    cell.used(now);
    const remembered = dedupId === '' ? undefined : this.#counts.grants.find(dedupId, entry);
    let returned = 0;
    if (remembered !== undefined) {
      remembered.answer = undefined;
      const asked = Math.min(amount, remembered.granted);
      if (asked > 0 && sameCounting(remembered.cell, cell))
        returned = cell.giveBack(now, remembered.mark, asked);
      remembered.granted -= asked;
    } else if (cell.limit.algorithm === 'allocation') {
      returned = cell.giveBack(now, 0, amount);
    }
    this.#counts.cells.settle(entry);
    return grant(0 - returned, standing(cell, cell.used(now), now));
  }
}

function refusal(cell: Cell, rule: Rule, amount: number, used: number, now: number): QuotaResult {
  const wait = cell.retryAfter(now, amount);
  const where = standing(cell, used, now);
  return refuse(rule.refusal, {
    ...(wait !== undefined && { retryAfter: Math.ceil(wait - rounding) }),
    ...(where !== undefined && { standing: where }),
  });
}

/** Fractions of a token, or of a millisecond, that are rounding, not lack. */
const rounding = 1e-6;

/** Marks of a token bucket mean nothing after a change of its limit, those of the others only after one of the algorithm. */
function sameCounting(then: Cell, now: Cell): boolean {
  return (
    then === now || (then.limit.algorithm === now.limit.algorithm && now.limit.algorithm !== 'token-bucket')
  );
}

/** An allocation never becomes whole by itself, so it has no standing to tell. */
function standing(cell: Cell, used: number, now: number): QuotaStanding | undefined {
  if (cell.limit.algorithm === 'allocation') return undefined;
  const { limit } = cell.limit;
  return {
    limit,
    remaining: Math.max(0, Math.floor(limit - used + rounding)),
    resetAfter: Math.max(0, cell.idleAt() - now),
  };
}

function untouched(rule: Rule, dimensions: Dimensions): QuotaResult {
  const { algorithm, limit } = rule.limitFor(dimensions);
  return algorithm === 'allocation' ? grant(0) : grant(0, { limit, remaining: limit, resetAfter: 0 });
}
