import type { Statistics } from '@krater/proxy';
import type { ProxyStatistics, WorkloadStatus } from './status.ts';

/** Name and help of every count; all but the requests under way only grow. */
const metrics: Record<keyof Statistics, readonly [name: string, help: string]> = {
  requests: ['requests_total', 'requests that a sidecar was sent'],
  active: ['active_requests', 'requests being served'],
  malformed: ['malformed_total', 'requests that were no HTTP, or ambiguous HTTP'],
  refused: ['refused_total', 'requests refused by a check'],
  unroutable: ['unroutable_total', 'requests without a route, an endpoint or an upstream'],
  retries: ['retries_total', 'requests sent again because a kept connection had gone stale'],
  brokenOff: ['broken_off_total', 'responses broken off because the upstream broke off'],
  abandoned: ['abandoned_total', 'requests whose client went away first'],
  unverifiedPeers: ['unverified_peers_total', 'tokens of callers that did not verify'],
  headerOperationsRefused: ['header_operations_refused_total', 'header operations that were left out'],
  reported: ['reported_total', 'requests that the Mixer was told of'],
  reportsLost: ['reports_lost_total', 'finished requests that nobody was told of'],
};

/**
 * What the sidecars have counted, as Prometheus text. Labels are the declared workloads and the two sides, so their
 * number is bounded by the configuration.
 */
export function proxyMetrics(workloads: readonly Pick<WorkloadStatus, 'name' | 'proxy'>[]): string {
  return Object.entries(metrics)
    .flatMap(([field, [name, help]]) => [
      `# HELP krater_proxy_${name} ${help}`,
      `# TYPE krater_proxy_${name} ${name.endsWith('_total') ? 'counter' : 'gauge'}`,
      ...workloads.flatMap(workload =>
        Object.entries((workload.proxy ?? {}) satisfies Partial<ProxyStatistics>).map(
          ([side, counts]: [string, Readonly<Statistics>]) =>
            `krater_proxy_${name}{workload=${JSON.stringify(workload.name)},side="${side}"} ${counts[field as keyof Statistics]}`,
        ),
      ),
    ])
    .map(line => `${line}\n`)
    .join('');
}
