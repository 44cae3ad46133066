import type { Address, ServiceRegistry } from '@krater/config';
import { type Clock, KraterError, type Log, type MixerAccess } from '@krater/mixer';
import { resolveSlots } from './attributes.ts';
import type { codes } from './codes.ts';
import { compose } from './layer.ts';
import { defaultListenerLimits, type ListenerLimits, openListener } from './listener.ts';
import { createPeerTokens } from './peer/peer-token.ts';
import { ReportQueue } from './report-queue.ts';
import type { Side } from './side.ts';
import { inboundStack, outboundStack } from './stack.ts';
import { createStatistics, type Statistics } from './statistics.ts';
import { defaultUpstreamLimits, type UpstreamLimits, Upstreams } from './upstream/upstreams.ts';

export interface SidecarOptions {
  /** The name of the workload that it serves; declared in the registry. */
  readonly workload: string;
  readonly registry: ServiceRegistry;
  /** Embedded, or a client of one that runs elsewhere. */
  readonly mixer: MixerAccess;
  /** The key that the sidecars of one mesh share, at least 16 bytes. */
  readonly peerKey: Uint8Array | string;
  /** Where to listen; 127.0.0.1 and any free port if left out. */
  readonly inbound?: Partial<Address>;
  readonly outbound?: Partial<Address>;
  readonly log: Log;
  readonly clock: Clock;
  /** Share of traces starting here that are sampled, where the Service does not say (1). */
  readonly defaultSampling?: number;
  readonly limits?: Partial<ListenerLimits & UpstreamLimits>;
}

/** A running sidecar. */
export interface Sidecar {
  readonly workload: string;
  readonly addresses: { readonly inbound: Address; readonly outbound: Address };
  statistics(): { readonly inbound: Readonly<Statistics>; readonly outbound: Readonly<Statistics> };
  /**
   * Stops accepting, answers what is under way (with `connection: close`), and hands over the last reports; what is not
   * done after `timeout` milliseconds (5,000) is dropped. Inbound closes first, because applications call out to answer.
   */
  drain(timeout?: number): Promise<void>;
  /** Drops everything at once, except finished requests' reports. */
  close(): Promise<void>;
}

/**
 * Starts the proxy of one workload: `inbound` takes requests to it, which are checked and reported; `outbound` takes its
 * requests to other services, by Host, which are reported. It tells the registry where its inbound side is.
 *
 * @throws KraterError PROXY_UNKNOWN_WORKLOAD, PROXY_PORT_IN_USE, PROXY_CANNOT_LISTEN, PROXY_WEAK_PEER_KEY
 * @example
 * const sidecar = await createSidecar({ workload: 'ratings-v1', registry, mixer, peerKey: randomBytes(32), log, clock });
 */
export async function createSidecar(options: SidecarOptions): Promise<Sidecar> {
  const { workload, registry, mixer, peerKey, log, clock, defaultSampling = 1 } = options;
  if (registry.workload(workload) === undefined) {
    const known = registry.services.flatMap(service => service.workloads.map(one => one.name));
    throw new KraterError(
      'PROXY_UNKNOWN_WORKLOAD' satisfies keyof typeof codes,
      `unknown workload "${workload}"`,
      {
        hint: known.length === 0 ? 'no Service declares any workload' : `declared are: ${known.join(', ')}`,
      },
    );
  }
  const limits = { ...defaultListenerLimits, ...defaultUpstreamLimits, ...options.limits };
  const shared = {
    workload,
    registry,
    mixer,
    log,
    clock,
    defaultSampling,
    slots: resolveSlots(mixer.vocabulary),
    tokens: createPeerTokens(peerKey, clock),
  };
  const makeSide = (kind: Side['kind']): Side => {
    const statistics = createStatistics();
    return {
      ...shared,
      kind,
      statistics,
      upstreams: new Upstreams(limits),
      reports: new ReportQueue(mixer, statistics, log),
    };
  };
  const sides = { inbound: makeSide('inbound'), outbound: makeSide('outbound') };
  const local = { host: '127.0.0.1', port: 0 };

  const inbound = await openListener(
    { ...local, ...options.inbound },
    sides.inbound,
    compose(inboundStack(sides.inbound)),
    limits,
  );
  const outbound = await openListener(
    { ...local, ...options.outbound },
    sides.outbound,
    compose(outboundStack(sides.outbound)),
    limits,
  ).catch(async error => {
    await inbound.close(0);
    throw error;
  });
  registry.setEndpoint(workload, inbound.address);

  let ended: Promise<void> | undefined;
  const end = async (timeout: number) => {
    const deadline = performance.now() + timeout;
    if (registry.workload(workload) !== undefined) registry.setEndpoint(workload, undefined);
    await inbound.close(timeout);
    await outbound.close(Math.max(0, deadline - performance.now()));
    for (const side of [sides.inbound, sides.outbound]) side.upstreams.destroy();
    await Promise.all([sides.inbound.reports.flush(), sides.outbound.reports.flush()]);
  };

  return {
    workload,
    addresses: { inbound: inbound.address, outbound: outbound.address },
    statistics: () => ({
      inbound: { ...sides.inbound.statistics },
      outbound: { ...sides.outbound.statistics },
    }),
    drain: (timeout = 5_000) => (ended ??= end(timeout)),
    close() {
      ended ??= end(0);
      inbound.drop();
      outbound.drop();
      return ended;
    },
  };
}
