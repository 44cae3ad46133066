import type { Registry } from 'prom-client';
import type { HandlerState } from './handler-host.ts';
import type { AdapterGauges, AdapterSeries } from './runtime/adapter-gauges.ts';
import type { Snapshot } from './runtime/snapshot.ts';
import type { Statistics } from './runtime/statistics.ts';

type Sample = readonly [value: number, labels?: Readonly<Record<string, string>>];

/**
 * Krater's own metrics as Prometheus text. The engine counts in plain fields, so only a scrape pays for labels; the
 * labels are names of the configuration, so their number is bounded by it.
 */
export async function exposition(
  statistics: Statistics,
  gauges: AdapterGauges,
  snapshot: Snapshot,
  refused: boolean,
): Promise<string> {
  const { Counter, Gauge, Registry } = await import('prom-client');
  const registry = new Registry();
  const put = (
    Kind: typeof Counter | typeof Gauge,
    name: string,
    help: string,
    samples: readonly Sample[],
  ) => {
    const labelNames = [...new Set(samples.flatMap(([, labels]) => Object.keys(labels ?? {})))];
    const metric = new Kind({ name, help, labelNames, registers: [registry] });
    for (const [value, labels] of samples) metric.inc(labels ?? {}, value);
  };
  const { rules, handlers, quotas } = statistics;
  const byRule = (field: 'matched' | 'denied' | 'unknown' | 'errors'): Sample[] =>
    [...rules].map(([rule, counts]) => [counts[field], { rule }]);
  const byHandler = (
    value: (counts: { calls: number; failures: number; time: number }) => number,
  ): Sample[] => [...handlers].map(([handler, counts]) => [value(counts), { handler }]);
  put(Counter, 'krater_checks_total', 'requests decided', [
    [statistics.checks.allowed, { verdict: 'allowed' }],
    [statistics.checks.denied, { verdict: 'denied' }],
  ]);
  put(Counter, 'krater_check_seconds_total', 'time spent deciding', [[statistics.checkTime / 1000]]);
  put(Counter, 'krater_reports_total', 'records reported', [[statistics.reports]]);
  put(Counter, 'krater_report_unknown_fields_total', 'report fields that could not be evaluated', [
    [statistics.unknownFields],
  ]);
  put(Counter, 'krater_rule_matched_total', 'requests and records that a rule matched', byRule('matched'));
  put(Counter, 'krater_rule_denied_total', 'requests that a rule refused', byRule('denied'));
  put(
    Counter,
    'krater_rule_unknown_total',
    'matches and header values that could not be known',
    byRule('unknown'),
  );
  put(
    Counter,
    'krater_rule_errors_total',
    "failures of a rule's handlers, instances, amounts and header values",
    byRule('errors'),
  );
  put(
    Counter,
    'krater_rule_seconds_total',
    "time spent in a rule's check and quota handlers",
    [...rules].map(([rule, { time }]): Sample => [time / 1000, { rule }]),
  );
  put(
    Counter,
    'krater_handler_calls_total',
    'calls of a handler',
    byHandler(counts => counts.calls),
  );
  put(
    Counter,
    'krater_handler_failures_total',
    'calls that threw, did not answer or answered nonsense',
    byHandler(counts => counts.failures),
  );
  put(
    Counter,
    'krater_handler_seconds_total',
    'time spent in a handler',
    byHandler(counts => counts.time / 1000),
  );
  put(Counter, 'krater_quota_answers_total', 'quota requests by outcome', [
    ...[...quotas].map(([quota, counts]): Sample => [counts.granted, { quota, outcome: 'granted' }]),
    ...[...quotas].map(([quota, counts]): Sample => [counts.refused, { quota, outcome: 'refused' }]),
  ]);
  put(Counter, 'krater_config_reloads_total', 'configurations by outcome', [
    [statistics.reloads.accepted, { outcome: 'accepted' }],
    [statistics.reloads.refused, { outcome: 'refused' }],
  ]);
  put(Gauge, 'krater_config_refused', '1 while the newest configuration is refused and an older one serves', [
    [refused ? 1 : 0],
  ]);
  put(Gauge, 'krater_config_info', 'the configuration that serves', [
    [1, { generation: String(snapshot.generation), hash: snapshot.hash }],
  ]);
  putHealth(snapshot, (kind, name, help, samples) =>
    put(kind === 'counter' ? Counter : Gauge, name, help, samples),
  );
  putAdapterSeries(gauges, (kind, name, help, samples) =>
    put(kind === 'counter' ? Counter : Gauge, name, help, samples),
  );
  return (registry as Registry).metrics();
}

type Put = (kind: 'counter' | 'gauge', name: string, help: string, samples: readonly Sample[]) => void;

const states: readonly HandlerState[] = ['ready', 'degraded', 'broken', 'restarting'];

/** What handlers run in; nothing where there is no host for them. */
function putHealth({ table }: Snapshot, put: Put): void {
  const healths = [...table.handlers].flatMap(([handler, { health }]) =>
    health === undefined ? [] : [{ handler, ...health() }],
  );
  if (healths.length === 0) return;
  put(
    'gauge',
    'krater_handler_state',
    '1 for the state that a handler is in',
    healths.flatMap(({ handler, mode, state: now }) =>
      states.map((state): Sample => [state === now ? 1 : 0, { handler, isolation: mode, state }]),
    ),
  );
  put(
    'counter',
    'krater_handler_restarts_total',
    'how often what a handler runs in was started anew',
    healths.map(({ handler, restarts }): Sample => [restarts, { handler }]),
  );
  put(
    'gauge',
    'krater_handler_calls',
    'calls that are in a handler or wait for their turn',
    healths.flatMap(({ handler, running, queued }): Sample[] => [
      [running, { handler, stage: 'running' }],
      [queued, { handler, stage: 'queued' }],
    ]),
  );
  put(
    'counter',
    'krater_handler_refused_total',
    'calls that were not let in',
    healths.flatMap(({ handler, refused }) =>
      Object.entries(refused).map(([reason, count]): Sample => [count, { handler, reason }]),
    ),
  );
}

function putAdapterSeries(gauges: AdapterGauges, put: Put): void {
  const taken = new Set<string>();
  const byKind = Map.groupBy(gauges.all(), ({ name, kind }) => `${kind} ${name}`);
  for (const series of byKind.values()) {
    const { name, kind, help } = series[0] as AdapterSeries;
    // Two adapters may use one name for different things.
    let own = name;
    while (taken.has(own)) own += `_${kind}`;
    taken.add(own);
    const samples = series.map(({ value, handler }): Sample => [value, { handler }]);
    put(kind, `krater_adapter_${own}`, help, samples);
  }
}
