import { once } from 'node:events';
import type { Endpoints } from '../up/endpoints.ts';
import type { ProxyStatistics } from '../up/status.ts';

/** What a proxy hears from the `krater up --processes` that started it. */
export interface ProxyOrders {
  readonly endpoints: Endpoints;
}

/** What it says there. */
export interface ProxyNews {
  readonly statistics: ProxyStatistics;
}

/** The `krater up --processes` above a proxy. */
export interface Overseer {
  /** Where everything is, now and after each change. */
  follow(apply: (endpoints: Endpoints) => void): void;
  tell(news: ProxyNews): void;
}

/**
 * The overseer of this process, once it has said where everything is; undefined for a proxy that somebody else started.
 * When it is gone, this process ends as if it had been asked to.
 */
export async function findOverseer(): Promise<Overseer | undefined> {
  if (process.send === undefined) return undefined;
  let [{ endpoints }] = (await once(process, 'message')) as [ProxyOrders];
  let apply = (_: Endpoints) => {};
  process.on('message', (orders: ProxyOrders) => {
    endpoints = orders.endpoints;
    apply(endpoints);
  });
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  return {
    follow(listener) {
      apply = listener;
      apply(endpoints);
    },
    tell: news => void (process.connected && process.send?.(news, undefined, {}, () => {})),
  };
}
