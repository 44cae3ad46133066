import { resolve } from 'node:path';
import { type Address, formatAddress, type ServiceRegistry, type Workload } from '@krater/config';
import type { Announcer } from '../serve/announcer.ts';
import { freePort } from '../serve/free-port.ts';
import type { ListeningAt } from '../serve/listen.ts';
import type { Guardian } from './guardian.ts';
import type { ProcessStatus, ProxyStatistics, WorkloadStatus } from './status.ts';
import { type SupervisedProcess, superviseProcess } from './supervised-process.ts';

/** A running sidecar, as the fleet needs it. */
export interface RunningSidecar {
  readonly inbound: Address;
  readonly outbound: Address;
  /** Undefined where it has not been told yet. */
  statistics(): ProxyStatistics | undefined;
  /** Where it is a process of its own. */
  process?(): Omit<ProcessStatus, 'name'>;
  /** Lets requests in flight end, then closes. */
  close(): Promise<void>;
}
export type StartSidecar = (workload: Workload) => Promise<RunningSidecar>;

/** The sidecars and applications of all declared workloads. */
export interface Fleet {
  /**
   * Makes what runs agree with the registry: starts what is new, stops what is gone, restarts what changed. What is
   * unchanged is not touched. One at a time; resolves when applications listen.
   */
  reconcile(): Promise<void>;
  addresses(): readonly ListeningAt[];
  status(): readonly WorkloadStatus[];
  /** The sidecars that are processes of their own. */
  processes(): readonly ProcessStatus[];
  /** Sidecars drain first, then the applications behind them end. */
  stop(): Promise<void>;
}

interface Member {
  readonly workload: Workload;
  readonly declared: string;
  readonly sidecar: RunningSidecar;
  readonly process: SupervisedProcess | undefined;
}

/** Who listens on every address is called on loopback. */
function reachable({ host, port }: Address): Address {
  return { host: host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host, port };
}

/** What a workload must be started again for; its labels, for one, are looked up as requests come. */
function declarationOf({ address, run, sidecar }: Workload): string {
  return JSON.stringify({ address, run, sidecar });
}

function withStatistics(proxy: ProxyStatistics | undefined): Pick<WorkloadStatus, 'proxy'> {
  return proxy === undefined ? {} : { proxy };
}

/** How long a start waits for an application to listen before it goes on without it. */
const patience = 15_000;

export function createFleet(options: {
  readonly folder: string;
  readonly registry: ServiceRegistry;
  readonly startSidecar: StartSidecar;
  readonly announcer: Announcer;
  readonly guardian: Guardian;
}): Fleet {
  const { folder, registry, startSidecar, announcer, guardian } = options;
  const members = new Map<string, Member>();
  let last: Promise<void> = Promise.resolve();
  let stopped = false;

  const reconcile = async () => {
    const wanted = new Map(
      registry.services.flatMap(({ workloads }) => workloads.map(it => [it.name, it] as const)),
    );
    const leaving = [...members.values()].filter(({ workload, declared }) => {
      const next = wanted.get(workload.name);
      return next === undefined || declarationOf(next) !== declared;
    });
    await Promise.all(leaving.map(leave));
    const joining = [...wanted.values()].filter(({ name }) => !stopped && !members.has(name)).map(join);
    const failed = (await Promise.allSettled(joining)).find(it => it.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  };

  async function join(workload: Workload): Promise<void> {
    const sidecar = await startSidecar(workload);
    // Out of service until its application listens.
    registry.setEndpoint(workload.name, undefined);
    const process = await startApplication(workload, sidecar).catch(async error => {
      await sidecar.close();
      throw error;
    });
    members.set(workload.name, { workload, declared: declarationOf(workload), sidecar, process });
    if (process !== undefined) await patiently(process.ready, workload.name);
    registry.setEndpoint(workload.name, reachable(sidecar.inbound));
  }

  async function startApplication(
    workload: Workload,
    sidecar: RunningSidecar,
  ): Promise<SupervisedProcess | undefined> {
    if (workload.run === undefined) return undefined;
    const { command, cwd = '.', env } = workload.run;
    const port = await freePort(workload.address?.port ?? 0, `the "address" of workload "${workload.name}"`);
    registry.setApplication(workload.name, { host: '127.0.0.1', port });
    return superviseProcess(
      {
        name: workload.name,
        command,
        folder: resolve(folder, cwd),
        port,
        env: {
          ...env,
          KRATER_WORKLOAD: workload.name,
          KRATER_OUTBOUND: formatAddress(sidecar.outbound),
        },
      },
      announcer,
      guardian,
    );
  }

  async function leave({ workload, sidecar, process }: Member): Promise<void> {
    members.delete(workload.name);
    registry.setEndpoint(workload.name, undefined);
    await sidecar.close();
    await process?.stop();
  }

  async function patiently(ready: Promise<void>, name: string): Promise<void> {
    const waiting = Promise.withResolvers<void>();
    const timer = setTimeout(() => {
      announcer.log.warn(`"${name}" does not listen yet`, { waited: `${patience / 1000} s` });
      waiting.resolve();
    }, patience);
    await Promise.race([ready, waiting.promise]);
    clearTimeout(timer);
  }

  return {
    reconcile() {
      const next = last.then(reconcile);
      last = next.catch(() => {});
      return next;
    },
    addresses: () =>
      [...members.values()].flatMap(({ workload, sidecar }) => [
        { what: `${workload.name} inbound`, address: formatAddress(sidecar.inbound) },
        { what: `${workload.name} outbound`, address: formatAddress(sidecar.outbound) },
      ]),
    status: () =>
      [...members.values()].map(({ workload, sidecar, process }) => ({
        name: workload.name,
        service: workload.service,
        state: process?.state ?? 'external',
        restarts: process?.restarts ?? 0,
        ...(process?.pid !== undefined && { pid: process.pid }),
        ...withStatistics(sidecar.statistics()),
      })),
    processes: () =>
      [...members.values()].flatMap(({ workload, sidecar }) => {
        const process = sidecar.process?.();
        return process === undefined ? [] : [{ name: `${workload.name} sidecar`, ...process }];
      }),
    async stop() {
      stopped = true;
      await Promise.all([...members.values()].map(leave));
      await last;
      await Promise.all([...members.values()].map(leave));
    },
  };
}
