import type { Service, ServiceRegistry, Workload } from '@krater/config';
import type { ProxyNews, ProxyOrders } from '../proxy/overseer.ts';
import { peerKeyVariable } from '../proxy/peer-key.ts';
import type { Announcer } from '../serve/announcer.ts';
import { freePort } from '../serve/free-port.ts';
import type { Terminal } from '../terminal.ts';
import { endpointsOf } from './endpoints.ts';
import type { StartSidecar } from './fleet.ts';
import type { Guardian } from './guardian.ts';
import { deadlineFlag, superviseOwn } from './own-process.ts';
import type { ProxyStatistics } from './status.ts';

/** What every sidecar process of one mesh is started with. */
export interface SidecarProcessParts {
  readonly folder: string;
  readonly host: string;
  /** Where the Mixer is asked. */
  readonly mixer: string;
  readonly peerKey: string;
  readonly beforeFirstMixer: 'allow' | 'deny';
  readonly checkDeadline: number | undefined;
  readonly registry: ServiceRegistry;
  readonly terminal: Terminal;
  readonly announcer: Announcer;
  readonly guardian: Guardian;
}

/**
 * Starts a sidecar as a process of its own. Its ports are chosen here, so that one that is started again is where the
 * others know it to be.
 */
export function sidecarProcessStarter(parts: SidecarProcessParts): StartSidecar {
  const { registry, host } = parts;
  return async workload => {
    const service = registry.serviceOf(workload.name) as Service;
    const setting = (side: string) => `"sidecar.${side}" of workload "${workload.name}"`;
    const inbound = { host, port: await freePort(workload.sidecar.inbound, setting('inbound')) };
    const outbound = {
      host: '127.0.0.1',
      port: await freePort(workload.sidecar.outbound, setting('outbound')),
    };
    let statistics: ProxyStatistics | undefined;
    const orders = (): ProxyOrders => ({ endpoints: endpointsOf(registry) });
    const process = superviseOwn(
      {
        name: `${workload.name} sidecar`,
        args: argumentsOf(service, workload, inbound.port, outbound.port, parts),
        port: inbound.port,
        env: { [peerKeyVariable]: parts.peerKey },
        channel: {
          greeting: orders,
          received: news => {
            ({ statistics } = news as ProxyNews);
          },
        },
      },
      parts,
    );
    const following = registry.onChange(() => process.send(orders()));
    await process.ready;
    return {
      inbound,
      outbound,
      statistics: () => statistics,
      process: () => ({ state: process.state, restarts: process.restarts, pid: process.pid }),
      async close() {
        following[Symbol.dispose]();
        await process.stop();
      },
    };
  };
}

function argumentsOf(
  service: Service,
  workload: Workload,
  inbound: number,
  outbound: number,
  { folder, host, mixer, beforeFirstMixer, checkDeadline }: SidecarProcessParts,
): readonly string[] {
  return [
    ...['proxy', '--config', folder, '--mixer', mixer],
    ...['--service', service.host, '--workload', workload.name],
    ...['--host', host, '--port', String(inbound), '--outbound-port', String(outbound)],
    ...['--admin-port', '0', '--before-first-mixer', beforeFirstMixer],
    ...deadlineFlag(checkDeadline),
  ];
}
