import { randomBytes } from 'node:crypto';
import { createServiceRegistry } from '@krater/config';
import { ConfigError, watchFolder } from '@krater/documents';
import { checkFolder, readConfiguration } from '../configuration.ts';
import { followServices } from '../proxy/services.ts';
import { startAdmin } from '../serve/admin-server.ts';
import { createAnnouncer } from '../serve/announcer.ts';
import type { ListeningAt } from '../serve/listen.ts';
import { createReloader } from '../serve/reloader.ts';
import { runUntilStopped } from '../serve/run.ts';
import type { ExitCode, Terminal } from '../terminal.ts';
import { version } from '../version.ts';
import { pagesForPeople } from './addresses.ts';
import { createFleet } from './fleet.ts';
import { createGuardian } from './guardian.ts';
import { startMixerProcess } from './mixer-process.ts';
import { proxyMetrics } from './proxy-metrics.ts';
import type { UpSettings } from './settings.ts';
import { sidecarProcessStarter } from './sidecar-process.ts';
import type { UpStatus } from './status.ts';
import { TrafficControl } from './traffic-control.ts';

/**
 * `krater up --processes`: the same as `krater up`, with the Mixer and every sidecar in a process of its own; any of
 * them is started again when it ends. In the order in which everything starts; it ends in the reverse order.
 */
export function upInProcesses(terminal: Terminal, settings: UpSettings): Promise<ExitCode> {
  const { folder, host, strict } = settings;
  const announcer = createAnnouncer(terminal);
  const registry = createServiceRegistry();
  const guardian = createGuardian();

  return runUntilStopped(announcer, async shutdown => {
    // The configuration first: a bad one starts nothing.
    const files = await readConfiguration(folder);
    const { problems } = await checkFolder(folder, { strict });
    if (problems.some(({ severity }) => severity === 'error')) throw new ConfigError(problems);
    const services = await followServices(files, registry);

    // A guardian, so that no process outlives us.
    shutdown.add('the guardian', () => guardian.close());

    // The Mixer, so that the first requests are decided.
    const own = { terminal, announcer, guardian };
    const mixer = await startMixerProcess(settings, own);
    shutdown.add('the mixer', () => mixer.stop());
    await mixer.ready;

    const fleet = createFleet({
      ...{ folder, registry, announcer, guardian },
      startSidecar: sidecarProcessStarter({
        ...{ folder, host, registry, ...own },
        mixer: mixer.address,
        peerKey: randomBytes(32).toString('hex'),
        beforeFirstMixer: settings.beforeFirstMixer,
        checkDeadline: settings.checkDeadline,
      }),
    });
    const addresses = (): readonly ListeningAt[] => [
      { what: 'mixer', address: mixer.address },
      { what: 'admin', address: `http://${admin.address}/status` },
      ...fleet.addresses(),
      ...pagesForPeople(registry),
    ];
    const status = async (): Promise<UpStatus> => {
      const asked = await mixer.status();
      const known = new Set(addresses().map(({ what }) => what));
      return {
        version,
        folder,
        ...(asked !== undefined && { mixer: asked.mixer }),
        listening: [...addresses(), ...(asked?.listening ?? []).filter(({ what }) => !known.has(what))],
        workloads: fleet.status(),
        processes: [mixer.process(), ...fleet.processes()],
      };
    };
    const metrics = async () => (await mixer.metrics()) + proxyMetrics(fleet.status());
    const admin = await startAdmin(
      { pages: { status, metrics }, unready: () => undefined },
      { host, port: settings.adminPort, token: settings.adminToken },
    );
    shutdown.add('the admin port', () => admin.close());

    // A sidecar for each workload, then the application behind it; both before any request comes.
    shutdown.add('the workloads', () => fleet.stop());
    await fleet.reconcile();
    announcer.listening(addresses());

    // Only then traffic of our own, and changes: each process follows the files by itself, we start and stop processes.
    const traffic = new TrafficControl(registry);
    shutdown.add('the traffic', () => traffic.stop());
    const settled = async () => (settings.traffic ? traffic.follow() : undefined);
    await settled();
    if (!settings.watch) return;
    const reload = createReloader(files, {
      reload: changed => services.reload(changed),
      announcer,
      addresses,
      applied: async () => {
        await fleet.reconcile();
        await settled();
      },
    });
    const watching = watchFolder(folder, reload, { known: files, onError: error => announcer.failed(error) });
    shutdown.add('the watch', () => watching.close());
    await watching.ready;
  });
}
