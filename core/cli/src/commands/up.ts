import { watchFolder } from '@krater/documents';
import type { Mixer } from '@krater/mixer';
import type { Action } from '../command.ts';
import { ANNOUNCER, composeUp, FILES, FLEET, GUARDIAN, MIXER, REGISTRY } from '../compose.ts';
import { exit } from '../terminal.ts';
import { listAddresses } from '../up/addresses.ts';
import { startAdmin } from '../up/admin-server.ts';
import { proxyMetrics } from '../up/proxy-metrics.ts';
import { createReloader } from '../up/reloader.ts';
import type { UpSettings } from '../up/settings.ts';
import { Shutdown } from '../up/shutdown.ts';
import type { UpStatus } from '../up/status.ts';
import { TrafficControl } from '../up/traffic-control.ts';
import { untilStopped } from '../up/until-stopped.ts';
import { version } from '../version.ts';

interface Options {
  readonly host: string;
  readonly adminPort: number;
  readonly adminToken?: string;
  readonly traffic: boolean;
  readonly watch: boolean;
  readonly strict?: boolean;
}

/** Milliseconds that everything together has to end after Ctrl-C. */
const patience = 4_500;
/** And what may go on after that. */
const grace = 300;

/** `krater up`: the order in which everything starts, from top to bottom; it ends in the reverse order. */
export const up: Action<Options> = async (terminal, [folder = '.'], options) => {
  const settings = settingsOf(folder, options);
  const parts = composeUp(settings, terminal);
  const announcer = parts.get(ANNOUNCER);
  const registry = parts.get(REGISTRY);
  const shutdown = new Shutdown();
  const stopped = untilStopped();

  const start = async () => {
    // The configuration first: a bad one starts nothing.
    const mixer: Mixer = await parts.getAsync(MIXER);
    shutdown.add('the mixer', () => mixer.close());
    const fleet = await parts.getAsync(FLEET);

    // Status, metrics and health, before anything that may be slow.
    const addresses = () => listAddresses(admin.address, mixer, fleet, registry);
    const status = (): UpStatus => ({
      version,
      folder: settings.folder,
      mixer: mixer.status(),
      listening: addresses(),
      workloads: fleet.status(),
    });
    const admin = await startAdmin(
      { status, metrics: async () => (await mixer.metrics()) + proxyMetrics(fleet.status()) },
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
    const reload = createReloader(files, { mixer, fleet, announcer, addresses, settled });
    const watching = watchFolder(settings.folder, reload, {
      alsoWatch: () => mixer.secretFiles(),
      known: files,
      onError: error => announcer.failed(error),
    });
    shutdown.add('the watch', () => watching.close());
    await watching.ready;
  };

  try {
    await Promise.race([start(), stopped]);
    await stopped;
  } catch (error) {
    await shutdown.run(patience);
    throw error;
  }
  announcer.say({ event: 'stopping' }, 'stopping');
  for (const message of await shutdown.run(patience)) announcer.log.warn(message);
  announcer.say({ event: 'stopped' }, 'stopped');
  // Whatever an adapter has left open does not keep us.
  setTimeout(() => process.exit(exit.fine), grace).unref();
  return exit.fine;
};

function settingsOf(
  folder: string,
  { host, adminPort, adminToken, traffic, watch, strict = false }: Options,
): UpSettings {
  return {
    folder,
    host,
    adminPort,
    adminToken: adminToken || process.env['KRATER_ADMIN_TOKEN'] || undefined,
    traffic,
    watch,
    strict,
  };
}
