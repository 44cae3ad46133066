import type { MixerClient, MixerClientMetrics } from '@krater/wire';

type Row = readonly [
  name: string,
  help: string,
  value: (counts: MixerClientMetrics) => number | { readonly [label: string]: number },
];

/** What a client of Mixers counts, by name; those with `outcome` have one series for each. */
const rows: readonly Row[] = [
  [
    'checks_total',
    'checks by how they were answered',
    ({ cache, calls }) => ({
      hit: cache.hits,
      joined: cache.joined,
      asked: calls.checks,
      failed: calls.failed,
    }),
  ],
  ['cache_entries', 'answers in the cache', ({ cache }) => cache.entries],
  ['cache_evictions_total', 'answers dropped for want of room', ({ cache }) => cache.evictions],
  [
    'calls_uncovered_total',
    'calls for cached answers whose quotas no lease covered',
    ({ calls }) => calls.uncovered,
  ],
  ['calls_refill_total', 'calls that topped up leases in the background', ({ calls }) => calls.refills],
  ['leases_granted_total', 'units of quotas granted ahead of use', ({ leases }) => leases.granted],
  ['leases_used_total', 'units used without a call', ({ leases }) => leases.used],
  ['leases_lapsed_total', 'units that were not used in time', ({ leases }) => leases.lapsed],
  ['leases_held', 'units held', ({ leases }) => leases.held],
  [
    'unreachable_total',
    "requests without a Mixer's answer, by what became of them",
    ({ unreachable }) => ({ ...unreachable }),
  ],
  [
    'reports_total',
    'records by what became of them',
    ({ reports }) => ({ sent: reports.sent, lost: reports.lost }),
  ],
  ['reports_queued', 'records that wait', ({ reports }) => reports.queued],
];

/** The counts of a client as Prometheus text. */
export function clientMetrics(client: MixerClient): string {
  const counts = client.metrics();
  const connected = client.status().addresses.filter(({ state }) => state === 'open').length;
  const own: readonly Row[] = [...rows, ['connections', 'Mixers that are connected', () => connected]];
  return own
    .flatMap(([name, help, value]) => {
      const found = value(counts);
      const series = typeof found === 'number' ? [['', found] as const] : outcomes(found);
      return [
        `# HELP krater_client_${name} ${help}`,
        `# TYPE krater_client_${name} ${name.endsWith('_total') ? 'counter' : 'gauge'}`,
        ...series.map(([labels, amount]) => `krater_client_${name}${labels} ${amount}`),
      ];
    })
    .map(line => `${line}\n`)
    .join('');
}

function outcomes(counts: { readonly [outcome: string]: number }): readonly (readonly [string, number])[] {
  return Object.entries(counts).map(([outcome, amount]) => [`{outcome="${outcome}"}`, amount]);
}
