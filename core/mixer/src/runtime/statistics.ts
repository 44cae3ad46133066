/** What one rule did since the process started. */
export interface RuleStatistics {
  matched: number;
  denied: number;
  /** Matches that could not be known. */
  unknown: number;
  /** Failures of its handlers or instances. */
  errors: number;
  /** Milliseconds that its check and quota handlers took, in all. */
  time: number;
}

/** What one handler did since the process started; survives reloads. */
export interface HandlerStatistics {
  calls: number;
  failures: number;
  /** Milliseconds in all. */
  time: number;
}

export interface QuotaStatistics {
  granted: number;
  refused: number;
}

/**
 * The engine's own counters: plain fields that the hot path adds to; `exposition.ts` reads them when somebody scrapes.
 * Kept by name, so they survive reloads; names that a new configuration no longer has are dropped.
 */
export class Statistics {
  readonly rules = new Map<string, RuleStatistics>();
  readonly handlers = new Map<string, HandlerStatistics>();
  readonly quotas = new Map<string, QuotaStatistics>();
  checks = { allowed: 0, denied: 0 };
  /** Check latency: milliseconds in all. */
  checkTime = 0;
  reports = 0;
  /** Report fields that could not be evaluated and became `unknown`. */
  unknownFields = 0;
  reloads = { accepted: 0, refused: 0 };

  rule(name: string): RuleStatistics {
    return entry(this.rules, name, () => ({ matched: 0, denied: 0, unknown: 0, errors: 0, time: 0 }));
  }
  handler(name: string): HandlerStatistics {
    return entry(this.handlers, name, () => ({ calls: 0, failures: 0, time: 0 }));
  }
  quota(name: string): QuotaStatistics {
    return entry(this.quotas, name, () => ({ granted: 0, refused: 0 }));
  }

  /** Forgets rules, handlers and quotas that are no longer configured: the number of series stays bounded. */
  retain(names: {
    rules: ReadonlySet<string>;
    handlers: ReadonlySet<string>;
    quotas: ReadonlySet<string>;
  }): void {
    for (const kind of ['rules', 'handlers', 'quotas'] as const) {
      for (const name of this[kind].keys()) if (!names[kind].has(name)) this[kind].delete(name);
    }
  }
}

function entry<V>(map: Map<string, V>, name: string, make: () => V): V {
  const known = map.get(name);
  if (known !== undefined) return known;
  const made = make();
  map.set(name, made);
  return made;
}
