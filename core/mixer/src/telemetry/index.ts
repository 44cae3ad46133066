export {
  BatchSender,
  type Delivery,
  type Destination,
  type SenderNames,
  type SendPolicy,
} from './batch-sender.ts';
export { type Buckets, boundsOf, buckets } from './buckets.ts';
export { type ClientTls, checkClientTls, clientTls, tlsOptions } from './client-tls.ts';
export { masked, masking } from './masking.ts';
export { type FeedCodes, type MetricSource, metricFeeds } from './metric-feed.ts';
export { countMetricLosses, type MetricLosses } from './metric-losses.ts';
export { type PlainValue, plainValue } from './plain-value.ts';
export type { Dimensions } from './series-lookup.ts';
export { SeriesTable, type TrackedSeries } from './series-table.ts';
export { type Level, levels, severityMapping } from './severity.ts';
export { size } from './size.ts';
