import { isIPv4 } from 'node:net';
import { type Ambient, KraterError, type Mixer, systemAmbient } from '@krater/mixer';
import type { codes } from '../codes.ts';
import { Certificates, type MixerServerTls } from './certificates.ts';
import { openDoorway } from './doorway.ts';
import { EventLoopDelay } from './event-loop-delay.ts';
import { exposition } from './exposition.ts';
import { GrpcJsEndpoint } from './grpc-js-endpoint.ts';
import { HealthService } from './health-service.ts';
import { Http2Endpoint } from './http2-endpoint.ts';
import { defaultLimits, type MixerServerLimits } from './limits.ts';
import type { ListenAddress } from './listen.ts';
import { MixerService } from './mixer-service.ts';
import { Namespaces } from './namespaces.ts';
import { Shedding } from './shedding.ts';
import { type CutReason, ServerCounts } from './statistics.ts';
import { WatchHub } from './watch-hub.ts';

export interface MixerServerOptions {
  readonly mixer: Mixer;
  readonly listen: ListenAddress;
  readonly tls?: MixerServerTls;
  /** Whose rules apply, whatever requests say; needed where anybody may connect. */
  readonly namespace?: string;
  readonly limits?: Partial<MixerServerLimits>;
  readonly ambient?: Pick<Ambient, 'clock' | 'after' | 'random' | 'log'>;
}

export interface MixerServer {
  /** With the port that the system chose for 0. */
  readonly address: ListenAddress;
  /** What it counts, as of now. */
  statistics(): MixerServerStatistics;
  /** Prometheus text: `krater_wire_…`. */
  metrics(): string;
  /**
   * Takes no new connections, tells watchers and clients to go elsewhere, lets calls in flight end, at most `timeout`
   * milliseconds, and closes. The Mixer itself stays open.
   */
  drain(timeout: number): Promise<void>;
}

export interface MixerServerStatistics {
  readonly counts: ServerCounts;
  readonly inFlight: Shedding['inFlight'];
  readonly shed: Shedding['shed'];
  readonly watchers: number;
  /** Milliseconds. */
  readonly eventLoopDelay: { readonly p50: number; readonly p99: number };
}

/** Milliseconds between telling clients to go elsewhere and refusing them, out of what a drain may take. */
const notice = 100;

/**
 * Serves a Mixer over gRPC: `istio.mixer.v1.Mixer`, `krater.mixer.v1.Watch`, health and reflection. One port takes both
 * our own clients, which are spoken to by `node:http2` directly, and all others, by `@grpc/grpc-js`.
 *
 * @example const server = await createMixerServer({ mixer, listen: { host: '127.0.0.1', port: 9091 } });
 * @throws KraterError WIRE_NAMESPACE_NEEDED, WIRE_ADDRESS_IN_USE, WIRE_CANNOT_LISTEN, WIRE_BAD_CERTIFICATE
 */
export async function createMixerServer(options: MixerServerOptions): Promise<MixerServer> {
  const { mixer, tls, namespace, ambient = systemAmbient } = options;
  if (namespace === undefined && !isTrusted(options)) throw namespaceNeeded(options.listen);
  if (tls?.allow !== undefined && tls.ca === undefined) throw authorityNeeded();
  const limits = { ...defaultLimits, ...options.limits };
  const counts = new ServerCounts();
  const certificates = tls && new Certificates(tls, ambient);
  const secure = await certificates?.load();

  const delay = new EventLoopDelay(ambient);
  const shedding = new Shedding(limits, delay);
  const namespaces = new Namespaces(namespace);
  const service = new MixerService({ mixer, namespaces, shedding, counts, limits, ambient });
  const hub = new WatchHub(mixer, ambient, limits);
  const health = new HealthService();
  const cut = (reason: CutReason) => void counts.cut[reason]++;
  const shared = { service, hub, limits, ambient, cut };
  const endpoints = {
    http2: new Http2Endpoint({ ...shared, counts: counts.endpoints.http2 }),
    'grpc-js': new GrpcJsEndpoint({
      ...shared,
      health,
      counts: counts.endpoints['grpc-js'],
      namesCallers: tls?.allow !== undefined,
    }),
  };
  const all = Object.values(endpoints);
  const end = () => {
    hub.close();
    for (const endpoint of all) endpoint.close();
    certificates?.close();
    delay.close();
  };
  const at = options.listen;
  const doorway = await openDoorway({ at, endpoints, limits, ambient, cut, secure, allow: tls?.allow }).catch(
    error => {
      end();
      throw error;
    },
  );
  certificates?.watch(doorway.renew);

  const drain = async (timeout: number) => {
    const most = waiting(ambient, timeout);
    doorway.close();
    health.drain();
    hub.drain();
    for (const endpoint of all) endpoint.announceLeaving();
    await waiting(ambient, Math.min(notice, timeout / 4)).over;
    hub.close();
    await Promise.race([most.over, Promise.all(all.map(endpoint => endpoint.leave()))]);
    most.cancel();
    end();
    await doorway.release();
  };
  let drained: Promise<void> | undefined;
  return {
    address: doorway.address,
    statistics: () => ({
      counts,
      inFlight: shedding.inFlight,
      shed: shedding.shed,
      watchers: hub.size,
      eventLoopDelay: { p50: delay.quantile(0.5), p99: delay.quantile(0.99) },
    }),
    metrics: () => exposition({ counts, shedding, delay, hub }),
    drain: timeout => {
      drained ??= drain(timeout);
      return drained;
    },
  };
}

function waiting({ after }: Pick<Ambient, 'after'>, milliseconds: number) {
  const { promise: over, resolve } = Promise.withResolvers<void>();
  return { over, cancel: after(milliseconds, resolve, 'awaited') };
}

/** Whether only those can connect who may say whose rules apply: this machine, this user, or a holder of a certificate. */
function isTrusted({ listen, tls }: MixerServerOptions): boolean {
  return 'path' in listen || tls?.ca !== undefined || isLoopback(listen.host);
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}

/** Without an authority nobody shows a certificate, so a list of names would refuse everybody. */
function authorityNeeded(): KraterError {
  const code: keyof typeof codes = 'WIRE_BAD_CERTIFICATE';
  const hint = 'name the file with the authority of client certificates: tls.ca';
  return new KraterError(
    code,
    'who may do what is told by client certificates, and no authority for them is named',
    {
      hint,
    },
  );
}

function namespaceNeeded(at: ListenAddress): KraterError {
  const where = 'path' in at ? at.path : at.host;
  const code: keyof typeof codes = 'WIRE_NAMESPACE_NEEDED';
  const message = `whoever reaches ${where} could choose whose rules apply to a request`;
  return new KraterError(code, message, {
    hint: 'name the namespace with --namespace, or ask for certificates',
  });
}
