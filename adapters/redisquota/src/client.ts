import { Cluster, Redis, type RedisOptions } from 'ioredis';
import type { Config } from './config.ts';

/** A connection to Redis, in whatever form it runs. */
export type Client = Redis | Cluster;

/** Milliseconds that Redis has to end its side of a connection. */
const farewell = 100;
/** Milliseconds without a byte from a Redis that owes answers, after which its connection is given up. */
const silence = 5_000;

/** A client that has not connected yet, and does so when told only: whoever reconnects has timers that can be stopped. */
export function createClient(config: Config): Client {
  const { username, password, database, sentinel, cluster, connectTimeout } = config;
  const tls = tlsOptions(config);
  const options = {
    username,
    password: password?.reveal(),
    db: database,
    lazyConnect: true,
    connectTimeout,
    disconnectTimeout: farewell,
    socketTimeout: silence,
    // A decision that was under way is answered by the insurance; asked once more, it would be charged twice.
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    enableOfflineQueue: false,
    // A master that has become a replica: the next connection finds its successor.
    reconnectOnError: (error: Error) => error.message.startsWith('READONLY'),
    ...(tls && { tls }),
  } satisfies RedisOptions;
  if (cluster !== undefined) {
    return new Cluster(cluster.map(endpointOf), {
      redisOptions: options,
      enableOfflineQueue: false,
      lazyConnect: true,
      clusterRetryStrategy: null,
      slotsRefreshTimeout: connectTimeout,
      // A certificate names the host, not its address.
      ...(tls && { dnsLookup: (host, found) => found(null, host) }),
    });
  }
  if (sentinel === undefined)
    return new Redis({ ...options, ...endpointOf(config.address ?? '127.0.0.1:6379'), retryStrategy: null });
  return new Redis({
    ...options,
    retryStrategy: null,
    name: sentinel.master,
    sentinels: sentinel.addresses.map(endpointOf),
    sentinelUsername: sentinel.username,
    sentinelPassword: sentinel.password?.reveal(),
    sentinelRetryStrategy: () => null,
    sentinelCommandTimeout: connectTimeout,
    failoverDetector: true,
    ...(sentinel.tls && tls && { sentinelTLS: tls, enableTLSForSentinelMode: true }),
  });
}

function tlsOptions({ tls }: Config): RedisOptions['tls'] {
  if (tls === undefined) return undefined;
  return {
    ca: tls.ca?.reveal(),
    cert: tls.cert?.reveal(),
    key: tls.key?.reveal(),
    ...(tls.serverName !== undefined && { servername: tls.serverName }),
  };
}

function endpointOf(address: string): { host: string; port: number } {
  const colon = address.lastIndexOf(':');
  return { host: address.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(address.slice(colon + 1)) };
}
