import type { AdapterMetrics } from '../env.ts';
import { grant, type QuotaRequest, type QuotaResult } from '../result.ts';
import { answerOf, refusing } from './answer.ts';
import type { Cell } from './cell.ts';
import { CellTable, type Entry } from './cell-table.ts';
import type { DimensionIndex, Dimensions } from './dimension-index.ts';
import { type Bounds, GrantMemory, type RememberedGrant } from './grant-memory.ts';
import type { QuotaConfig } from './quota-config.ts';
import { buildRule, type Rule } from './rule.ts';

/** What a limiter has counted. It outlives the limiter: keep it with `env.keep`, and give it to the next one. */
export class Counts {
  readonly cells = new CellTable();
  readonly grants: GrantMemory;
  generation = 0;

  /** `random` from 0 to 1: by what ids are scattered. */
  constructor(random: number) {
    this.grants = new GrantMemory(random * 2 ** 32);
  }
}

/** What a {@link Limiter} is to hold to. */
export interface LimiterConfig {
  readonly quotas: readonly QuotaConfig[];
  /** Milliseconds for which a request with the same id gets the same answer without being charged again. */
  readonly dedupTime: number;
  /** How many combinations of dimensions are counted at once. */
  readonly maxKeys: number;
  /** How many grants are remembered by their id. */
  readonly maxGrants: number;
}

/** One quota of the configuration and where it is counted. */
export interface CountedQuota {
  readonly rule: Rule;
  readonly index: DimensionIndex<Entry>;
}

/**
 * Limits in memory: decides quota requests of one configuration over counts that it may share with the next. Its metric
 * `evicted_keys` counts what was forgotten for lack of room.
 *
 * Hot path: a decision takes about as long as reading the clock does, and some three times that with an id. It is
 * measured against rate-limiter-flexible in memory by spec/bench/memquota.ts.
 *
 * @example
 * const limiter = new Limiter(config, env.keep('counts', () => new Counts(env.random())), env.metrics);
 * const requests = limiter.quota('requests');
 * if (requests !== undefined) limiter.decide(requests, { user: 'zoe' }, request, env.clock.now());
 */
export class Limiter {
  readonly #dedupTime: number;
  readonly #cells: CellTable;
  readonly #grants: GrantMemory;
  readonly #generation: number;
  readonly #quotas: ReadonlyMap<string, CountedQuota>;
  readonly #bounds: Bounds & { readonly maxKeys: number; readonly evicted: () => void };

  constructor(config: LimiterConfig, counts: Counts, metrics: AdapterMetrics) {
    this.#dedupTime = config.dedupTime;
    this.#cells = counts.cells;
    this.#grants = counts.grants;
    this.#generation = ++counts.generation;
    const rules = config.quotas.map(quota => buildRule(quota, this.#generation));
    this.#quotas = new Map(rules.map(rule => [rule.name, { rule, index: counts.cells.indexOf(rule.name) }]));
    const evictions = metrics.counter(
      'evicted_keys',
      'live keys forgotten because the handler counts no more than maxKeys',
    );
    this.#bounds = {
      maxKeys: config.maxKeys,
      evicted: () => evictions.add(),
      maxGrants: config.maxGrants,
      lifetime: Math.max(config.dedupTime, ...rules.map(({ longestWindow }) => longestWindow)),
    };
  }

  /** Most handlers are asked for one and the same quota. */
  #last: CountedQuota | undefined;
  /** Of the last grant: by what it can be given back. */
  #mark = 0;

  /** A configured quota by its name: what the other methods are to be given. */
  quota(name: string): CountedQuota | undefined {
    if (name === this.#last?.rule.name) return this.#last;
    const found = this.#quotas.get(name);
    this.#last = found ?? this.#last;
    return found;
  }

  /** The answer to one request; `now` in milliseconds must not go back. */
  decide(
    { rule, index }: CountedQuota,
    dimensions: Dimensions,
    request: QuotaRequest,
    now: number,
  ): QuotaResult {
    let entry = index.get(dimensions);
    if (entry !== undefined && entry.cell.limit.generation < this.#generation) {
      this.#cells.convert(entry, rule.limitFor(dimensions), now);
    }
    const { amount, bestEffort, dedupId } = request;
    if (amount <= 0) {
      if (entry === undefined) return amount < 0 ? grant(0) : untouched(rule, dimensions);
      return amount < 0
        ? this.#giveBack(entry, -amount, dedupId, now)
        : granting(0, entry.cell, entry.cell.used(now), now);
    }

    entry ??= this.#cells.add(index, dimensions, rule.limitFor(dimensions), now, this.#bounds);
    if (dedupId === '') return this.#charge(entry, rule, amount, bestEffort, now);
    const hash = this.#grants.hash(dedupId, entry);
    const before = this.#grants.find(dedupId, hash, entry);
    if (before?.answered && now - before.at < this.#dedupTime) {
      if (before.amount === amount && before.bestEffort === bestEffort)
        return answerOf(before, rule, (before.cell as Cell).limit);
    }
    const answer = this.#charge(entry, rule, amount, bestEffort, now);
    this.#remember(this.#grants.add(dedupId, hash, entry, now, this.#bounds), entry, request, answer, now);
    return answer;
  }

  /** Whether it has decided a request of this id, less than so many milliseconds ago. */
  remembers(
    { index }: CountedQuota,
    dimensions: Dimensions,
    { dedupId }: QuotaRequest,
    now: number,
    within = Infinity,
  ): boolean {
    const entry = index.get(dimensions);
    if (entry === undefined || dedupId === '') return false;
    const before = this.#grants.find(dedupId, this.#grants.hash(dedupId, entry), entry);
    return before !== undefined && now - before.at < within;
  }

  #charge({ cell }: Entry, rule: Rule, amount: number, bestEffort: boolean, now: number): QuotaResult {
    const used = cell.used(now);
    const free = Math.max(0, cell.limit.limit - used) + rounding;
    const granted = amount <= free ? amount : bestEffort ? Math.floor(free) : 0;
    if (granted <= 0) return refusal(cell, rule, bestEffort ? 1 : amount, used, now);
    this.#mark = cell.charge(now, granted);
    return granting(granted, cell, used + granted, now);
  }

  #remember(
    grant: RememberedGrant,
    { cell }: Entry,
    { amount, bestEffort }: QuotaRequest,
    answer: QuotaResult,
    now: number,
  ): void {
    grant.cell = cell;
    grant.at = now;
    grant.amount = amount;
    grant.bestEffort = bestEffort;
    grant.answered = true;
    grant.mark = this.#mark;
    grant.granted = answer.granted;
    grant.remaining = answer.standing?.remaining ?? Number.NaN;
    grant.resetAfter = answer.standing?.resetAfter ?? Number.NaN;
    grant.retryAfter = answer.retryAfter ?? Number.NaN;
  }

  /** An allocation takes any return; a grant that expires by itself only its own, as long as it counts. */
  #giveBack(entry: Entry, amount: number, dedupId: string, now: number): QuotaResult {
    const { cell } = entry;
    cell.used(now);
    const grants = this.#grants;
    const remembered = dedupId === '' ? undefined : grants.find(dedupId, grants.hash(dedupId, entry), entry);
    let returned = 0;
    if (remembered !== undefined) {
      remembered.answered = false;
      const asked = Math.min(amount, remembered.granted);
      if (asked > 0 && sameCounting(remembered.cell as Cell, cell))
        returned = cell.giveBack(now, remembered.mark, asked);
      remembered.granted -= asked;
    } else if (cell.limit.algorithm === 'allocation') {
      returned = cell.giveBack(now, 0, amount);
    }
    this.#cells.settle(entry);
    return granting(0 - returned, cell, cell.used(now), now);
  }
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
function granting(granted: number, cell: Cell, used: number, now: number): QuotaResult {
  const { algorithm, limit, leasable } = cell.limit;
  if (algorithm === 'allocation') return grant(granted);
  const standing = {
    limit,
    remaining: Math.max(0, Math.floor(limit - used + rounding)),
    resetAfter: Math.max(0, cell.idleAt() - now),
  };
  return leasable === undefined ? grant(granted, standing) : grant(granted, standing, leasable);
}

function refusal(cell: Cell, rule: Rule, amount: number, used: number, now: number): QuotaResult {
  const wait = cell.retryAfter(now, amount);
  const { standing } = granting(0, cell, used, now);
  return refusing(rule, standing, wait === undefined ? Number.NaN : Math.ceil(wait - rounding));
}

function untouched(rule: Rule, dimensions: Dimensions): QuotaResult {
  const { algorithm, limit } = rule.limitFor(dimensions);
  return algorithm === 'allocation' ? grant(0) : grant(0, { limit, remaining: limit, resetAfter: 0 });
}
