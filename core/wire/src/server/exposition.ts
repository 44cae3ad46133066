import { statusCodes } from '@krater/mixer';
import type { EventLoopDelay } from './event-loop-delay.ts';
import type { Shedding } from './shedding.ts';
import type { EndpointCounts, ServerCounts } from './statistics.ts';
import type { WatchHub } from './watch-hub.ts';

export interface Figures {
  readonly counts: ServerCounts;
  readonly shedding: Shedding;
  readonly delay: EventLoopDelay;
  readonly hub: WatchHub;
}

type Labels = Readonly<Record<string, string>>;
type Sample = readonly [value: number, labels?: Labels];

/** The server's metrics as Prometheus text. All labels are words of this program. */
export function exposition({ counts, shedding, delay, hub }: Figures): string {
  const endpoints = Object.entries(counts.endpoints);
  const each = (value: (of: EndpointCounts) => number): Sample[] =>
    endpoints.map(([endpoint, of]) => [value(of), { endpoint }]);
  return [
    metric('counter', 'calls_total', 'calls by method, endpoint and code', [...callsOf(counts)]),
    metric('gauge', 'in_flight', 'calls that wait for handlers', [
      [shedding.inFlight.check, { method: 'check' }],
      [shedding.inFlight.report, { method: 'report' }],
    ]),
    metric('counter', 'shed_total', 'calls refused for want of time', [...shedOf(shedding)]),
    metric(
      'gauge',
      'connections',
      'connections',
      each(of => of.connections),
    ),
    metric(
      'counter',
      'connections_total',
      'connections accepted',
      each(of => of.accepted),
    ),
    metric(
      'counter',
      'connections_cut_total',
      'connections ended for what they did',
      Object.entries(counts.cut).map(([reason, count]): Sample => [count, { reason }]),
    ),
    metric(
      'counter',
      'received_bytes_total',
      'bytes of requests',
      each(of => of.bytesReceived),
    ),
    metric(
      'counter',
      'sent_bytes_total',
      'bytes of answers',
      each(of => of.bytesSent),
    ),
    metric('counter', 'decode_errors_total', 'requests that could not be read', [[counts.decodeErrors]]),
    metric('counter', 'records_total', 'reported records that handlers took', [[counts.records]]),
    metric('counter', 'repeated_batches_total', 'report batches that came again', [[counts.repeatedBatches]]),
    metric('counter', 'client_lost_records_total', 'records that clients say they lost', [
      [counts.lostByClients],
    ]),
    metric('gauge', 'watchers', 'watch streams', [[hub.size]]),
    metric('gauge', 'event_loop_delay_seconds', 'how late timers fire, of the last minute', [
      [delay.quantile(0.5) / 1000, { quantile: '0.5' }],
      [delay.quantile(0.99) / 1000, { quantile: '0.99' }],
    ]),
  ].join('');
}

function* callsOf({ endpoints }: ServerCounts): Generator<Sample> {
  for (const [endpoint, { calls }] of Object.entries(endpoints))
    for (const [method, byCode] of Object.entries(calls))
      for (const [code, { number }] of Object.entries(statusCodes)) {
        const count = byCode[number] ?? 0;
        if (count > 0) yield [count, { method, endpoint, code }];
      }
}

function* shedOf({ shed }: Shedding): Generator<Sample> {
  for (const [method, byReason] of Object.entries(shed))
    for (const [reason, count] of Object.entries(byReason)) yield [count, { method, reason }];
}

function metric(type: 'counter' | 'gauge', name: string, help: string, samples: readonly Sample[]): string {
  const lines = samples.map(([value, labels = {}]) => {
    const text = Object.entries(labels)
      .map(([label, word]) => `${label}="${word}"`)
      .join(',');
    return `krater_wire_${name}${text === '' ? '' : `{${text}}`} ${value}\n`;
  });
  return `# HELP krater_wire_${name} ${help}\n# TYPE krater_wire_${name} ${type}\n${lines.join('')}`;
}
