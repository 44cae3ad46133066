import { defineService, defineToken, type Log } from '@krater/mixer';
import { Page } from './page.ts';
import { ScrapeListener } from './scrape-listener.ts';

/** Where a handler wants to be scraped. Handlers with equal host and port share a socket; with equal path too, a page. */
export interface ScrapeAddress {
  readonly host: string;
  readonly port: number;
  readonly path: string;
}

export interface PageLease {
  readonly page: Page;
  /** Resolves when the socket listens; rejects with PROMETHEUS_PORT_IN_USE or PROMETHEUS_CANNOT_LISTEN. */
  readonly ready: Promise<void>;
  release(): Promise<void>;
}

/** The scrape endpoints of this process: opened on first need, closed when the last handler has let go. */
export interface ScrapeEndpoints {
  lease(address: ScrapeAddress): PageLease;
  /** What listens where, for people: `http://127.0.0.1:42422/metrics`. */
  addresses(): { readonly what: string; readonly address: string }[];
  close(): Promise<void>;
}

/** The token of {@link ScrapeEndpoints}: `defineToken('prometheus.scrape-endpoints')` names the same service elsewhere. */
export const scrapeEndpointsToken = defineToken<ScrapeEndpoints>('prometheus.scrape-endpoints');

export const scrapeEndpoints = defineService(
  scrapeEndpointsToken,
  env => createScrapeEndpoints(env.log),
  endpoints => endpoints.close(),
);

interface Site {
  readonly listener: ScrapeListener;
  readonly holdersByPath: Map<string, number>;
}

export function createScrapeEndpoints(log: Log): ScrapeEndpoints {
  const siteByOrigin = new Map<string, Site>();

  function open(host: string, port: number): Site {
    const listener = new ScrapeListener(host, port, log);
    listener.ready.then(
      () => log.info('listening', { event: 'listening', what: 'prometheus', address: listener.origin }),
      () => {},
    );
    return { listener, holdersByPath: new Map() };
  }

  return {
    lease({ host, port, path }) {
      const key = `${host} ${port}`;
      const site = siteByOrigin.get(key) ?? open(host, port);
      siteByOrigin.set(key, site);
      const { listener, holdersByPath } = site;
      const page = listener.pageByPath.get(path) ?? new Page();
      listener.pageByPath.set(path, page);
      holdersByPath.set(path, (holdersByPath.get(path) ?? 0) + 1);
      return {
        page,
        ready: listener.ready,
        async release() {
          const left = (holdersByPath.get(path) ?? 1) - 1;
          if (left > 0) {
            holdersByPath.set(path, left);
            return;
          }
          holdersByPath.delete(path);
          listener.pageByPath.delete(path);
          if (holdersByPath.size > 0) return;
          if (siteByOrigin.get(key) === site) siteByOrigin.delete(key);
          await listener.close();
        },
      };
    },
    addresses() {
      return [...siteByOrigin.values()].flatMap(({ listener }) =>
        listener.origin === undefined
          ? []
          : [...listener.pageByPath.keys()].map(path => ({
              what: 'prometheus metrics',
              address: `${listener.origin}${path}`,
            })),
      );
    },
    async close() {
      const sites = [...siteByOrigin.values()];
      siteByOrigin.clear();
      await Promise.all(sites.map(({ listener }) => listener.close()));
    },
  };
}
