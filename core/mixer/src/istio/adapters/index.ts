import type { Shape } from '../shape.ts';
import { denier } from './denier.ts';
import { fluentd } from './fluentd.ts';
import { listchecker } from './listchecker.ts';
import { memquota } from './memquota.ts';
import { noop } from './noop.ts';
import { prometheus } from './prometheus.ts';
import { rbac } from './rbac.ts';
import { redisquota } from './redisquota.ts';
import { statsd } from './statsd.ts';
import { stdio } from './stdio.ts';
import { zipkin } from './zipkin.ts';

/** What an adapter of the original is here: which adapter, and its params. */
export interface AdapterTranslation {
  readonly adapter: string;
  readonly params: Shape;
}

export const adapters: { readonly [original: string]: AdapterTranslation } = {
  denier: { adapter: 'denier', params: denier },
  fluentd: { adapter: 'fluentd', params: fluentd },
  listchecker: { adapter: 'denylist', params: listchecker },
  memquota: { adapter: 'memquota', params: memquota },
  noop: { adapter: 'noop', params: noop },
  prometheus: { adapter: 'prometheus', params: prometheus },
  rbac: { adapter: 'rbac', params: rbac },
  redisquota: { adapter: 'redisquota', params: redisquota },
  statsd: { adapter: 'statsd', params: statsd },
  stdio: { adapter: 'logging', params: stdio },
  zipkin: { adapter: 'tracing', params: zipkin },
};
