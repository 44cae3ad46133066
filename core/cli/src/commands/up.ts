import { watchFolder } from '@krater/documents';
import type { Mixer } from '@krater/mixer';
import type { Action } from '../command.ts';
import { ANNOUNCER, composeUp, FILES, FLEET, GUARDIAN, MIXER, REGISTRY } from '../compose.ts';
import { startAdmin } from '../serve/admin-server.ts';
import { adminTokenOf } from '../serve/admin-token.ts';
import { handlerAilments, mixerPages } from '../serve/mixer-pages.ts';
import { drainTime, grpcAddress, startMixerServer } from '../serve/mixer-server.ts';
import { createReloader } from '../serve/reloader.ts';
import { runUntilStopped } from '../serve/run.ts';
import { listAddresses } from '../up/addresses.ts';
import { proxyMetrics } from '../up/proxy-metrics.ts';
import type { UpSettings } from '../up/settings.ts';
import type { UpStatus } from '../up/status.ts';
import { TrafficControl } from '../up/traffic-control.ts';
import { version } from '../version.ts';

export interface UpOptions {
  readonly host: string;
  readonly port: number;
  readonly adminPort: number;
  readonly adminToken?: string;
  readonly traffic: boolean;
  readonly watch: boolean;
  readonly strict?: boolean;
  readonly checkDeadline?: number;
  readonly processes?: boolean;
  readonly beforeFirstMixer: 'allow' | 'deny';
}

/** `krater up`: the order in which everything starts, from top to bottom; it ends in the reverse order. */
export const up: Action<UpOptions> = async (terminal, [folder = '.'], options) => {
  const settings = settingsOf(folder, options);
  if (options.processes) return (await import('../up/processes.ts')).upInProcesses(terminal, settings);
  const parts = composeUp(settings, terminal);
  const announcer = parts.get(ANNOUNCER);
  const registry = parts.get(REGISTRY);

  return runUntilStopped(announcer, async shutdown => {
    // The configuration first: a bad one starts nothing.
    const mixer: Mixer = await parts.getAsync(MIXER);
    shutdown.add('the mixer', () => mixer.close());
    const fleet = await parts.getAsync(FLEET);

    // Status, metrics and health, before anything that may be slow.
    const addresses = () =>
      listAddresses({ admin: admin.address, grpc: grpcAddress(server) }, mixer, fleet, registry);
    const status = (): UpStatus => ({
      version,
      folder: settings.folder,
      mixer: mixer.status(),
      listening: addresses(),
      workloads: fleet.status(),
    });
    const metrics = async () => (await mixer.metrics()) + server.metrics() + proxyMetrics(fleet.status());
    const server = await startMixerServer(
      mixer,
      { listen: { host: '127.0.0.1', port: settings.port } },
      announcer.log,
    );
    shutdown.add('the gRPC port', () => server.drain(drainTime));
    const admin = await startAdmin(
      {
        pages: { status, metrics, ...mixerPages(mixer) },
        unready: () => undefined,
        ailments: () => handlerAilments(mixer),
      },
      { host: settings.host, port: settings.adminPort, token: settings.adminToken },
    );
    shutdown.add('the admin port', () => admin.close());

    // A guardian, so that no application outlives us; it starts with the first of them.
    const guardian = parts.get(GUARDIAN);
    shutdown.add('the guardian', () => guardian.close());

    // A sidecar for each workload, then the application behind it; both before any request comes.
    shutdown.add('the workloads', () => fleet.stop());
    await fleet.reconcile();
    announcer.listening(addresses());

    // Only then traffic of our own, and changes.
    const traffic = new TrafficControl(registry);
    shutdown.add('the traffic', () => traffic.stop());
    const settled = async () => (settings.traffic ? traffic.follow() : undefined);
    await settled();
    if (!settings.watch) return;
    const files = await parts.getAsync(FILES);
    const applied = async () => {
      await fleet.reconcile();
      await settled();
    };
    const reload = createReloader(files, {
      reload: changed => mixer.reload(changed),
      announcer,
      addresses,
      applied,
    });
    const watching = watchFolder(settings.folder, reload, {
      alsoWatch: () => mixer.secretFiles(),
      known: files,
      onError: error => announcer.failed(error),
    });
    shutdown.add('the watch', () => watching.close());
    await watching.ready;
  });
};

function settingsOf(folder: string, { adminToken, strict = false, ...rest }: UpOptions): UpSettings {
  return { folder, strict, adminToken: adminTokenOf(adminToken), ...rest };
}
