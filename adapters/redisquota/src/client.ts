import type { ServiceEnv } from '@krater/mixer';
import { Cluster, Redis, type RedisOptions } from 'ioredis';
import type { Config } from './config.ts';

/** A connection to Redis, in whatever form it runs. */
export type Client = Redis | Cluster;

/** Milliseconds. */
const longestBackOff = 2_000;
/** Milliseconds without a byte from a Redis that owes answers, after which its connection is given up. */
const silence = 5_000;

/** Connects, and goes on connecting; nothing waits in a queue for that. */
export function createClient(config: Config, env: ServiceEnv): Client {
  const { username, password, database, sentinel, cluster, connectTimeout } = config;
  const retryStrategy = (attempt: number) =>
    Math.min(longestBackOff, 25 * 2 ** Math.min(attempt, 10)) * (0.5 + env.random() / 2);
  const tls = tlsOptions(config);
  const options = {
    username,
    password: password?.reveal(),
    db: database,
    connectTimeout,
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
      clusterRetryStrategy: retryStrategy,
      slotsRefreshTimeout: connectTimeout,
      // A certificate names the host, not its address.
      ...(tls && { dnsLookup: (host, found) => found(null, host) }),
    });
  }
  if (sentinel === undefined)
    return new Redis({ ...options, ...endpointOf(config.address ?? '127.0.0.1:6379'), retryStrategy });
  return new Redis({
    ...options,
    retryStrategy,
    name: sentinel.master,
    sentinels: sentinel.addresses.map(endpointOf),
    sentinelUsername: sentinel.username,
    sentinelPassword: sentinel.password?.reveal(),
    sentinelRetryStrategy: retryStrategy,
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
