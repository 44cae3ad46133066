import type { Leasable } from '../result.ts';
import type { Status } from '../status.ts';
import { type Dimensions, dimensionText } from './dimension-index.ts';
import type { Algorithm, QuotaConfig } from './quota-config.ts';

/** The limit that one combination of dimensions is held to. */
export interface Limit {
  readonly algorithm: Algorithm | 'allocation';
  /** What may be granted within a window; of a token bucket, its capacity. */
  readonly limit: number;
  /** Milliseconds; Infinity for an allocation. */
  readonly window: number;
  /** Token bucket: what flows back in a millisecond. */
  readonly rate: number;
  /** Sliding window: milliseconds within which grants are counted together; 0 where each is counted by itself. */
  readonly slotWidth: number;
  /** What may be held ahead of use; undefined where that is nothing. */
  readonly leasable: Leasable | undefined;
  /** Of the configuration it stands in; the newer one wins while a reload is under way. */
  readonly generation: number;
}

/** A quota with its overrides. */
export interface Rule {
  readonly name: string;
  readonly refusal: Status;
  /** The longest of its windows: how long grants can still be given back. */
  readonly longestWindow: number;
  limitFor(dimensions: Dimensions): Limit;
}

/** Milliseconds: of a long window, nobody holds a part for longer than this without saying that it still wants it. */
const longestLease = 10_000;

/** More grants than this within a sliding window are counted in slots. */
const exactGrants = 128;

/**
 * Builds the rule of one configured quota.
 *
 * @example buildRule({ name: 'requests', limit: 5, window: 1000, leases: 0, overrides: [] }, 1).limitFor({ user: 'zoe' }).limit // 5
 */
export function buildRule(quota: QuotaConfig, generation: number): Rule {
  const limit = (amount: number, window = quota.window ?? 0, capacity = amount): Limit => {
    const algorithm = window === 0 ? 'allocation' : (quota.algorithm ?? 'sliding-window');
    const ahead = Math.floor(capacity * quota.leases);
    return {
      algorithm,
      limit: capacity,
      window: window === 0 ? Infinity : window,
      rate: amount / window,
      slotWidth: capacity > exactGrants ? window / exactGrants : 0,
      leasable:
        window > 0 && ahead > 0 ? { amount: ahead, duration: Math.min(window, longestLease) } : undefined,
      generation,
    };
  };
  const otherwise = limit(quota.limit, quota.window, quota.burst);
  const overrides = quota.overrides.map(override => ({
    dimensions: Object.entries(override.dimensions),
    limit: limit(override.limit, override.window),
  }));
  return {
    name: quota.name,
    refusal: { code: 'RESOURCE_EXHAUSTED', message: `quota "${quota.name}" is exhausted` },
    longestWindow: Math.max(otherwise.window, ...overrides.map(({ limit }) => limit.window)),
    limitFor(dimensions) {
      if (dimensions === undefined) return otherwise;
      for (const { dimensions: wanted, limit } of overrides) {
        if (
          wanted.every(
            ([name, value]) => Object.hasOwn(dimensions, name) && dimensionText(dimensions[name]) === value,
          )
        )
          return limit;
      }
      return otherwise;
    },
  };
}
