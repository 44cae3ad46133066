import { createServiceRegistry, type ServiceRegistry } from '@krater/config';
import type { SourceFile } from '@krater/documents';
import { type Log, type MixerAccess, type Reload, systemAmbient } from '@krater/mixer';
import { createMixerClient, type MixerClientOptions } from '@krater/wire';
import { composeMixer, FILES, MIXER, REGISTRY } from '../compose.ts';
import { readConfiguration } from '../configuration.ts';
import type { ConfigSettings } from '../serve/settings.ts';
import type { Terminal } from '../terminal.ts';
import { clientMetrics } from './client-metrics.ts';
import { followServices } from './services.ts';

/** Where a proxy's decisions are made: in itself, or by Mixers elsewhere. The rest of the proxy knows no difference. */
export interface Placement {
  readonly mixer: MixerAccess;
  readonly registry: ServiceRegistry;
  /** The configuration it began with. */
  readonly files: readonly SourceFile[];
  reload(files: readonly SourceFile[]): Promise<Reload>;
  /** Files beside the configuration whose change is a change of it. */
  secretFiles(): readonly string[];
  status(): object;
  metrics(): Promise<string>;
  close(): Promise<void>;
}

/** The whole engine in this process. */
export async function embedMixer(settings: ConfigSettings, terminal: Terminal): Promise<Placement> {
  const parts = composeMixer(settings, terminal);
  const mixer = await parts.getAsync(MIXER);
  return {
    mixer,
    registry: parts.get(REGISTRY),
    files: await parts.getAsync(FILES),
    reload: files => mixer.reload(files),
    secretFiles: () => mixer.secretFiles(),
    status: () => ({ mixer: mixer.status() }),
    metrics: () => mixer.metrics(),
    close: () => mixer.close(),
  };
}

/** Reports that wait are handed over in so many milliseconds when the proxy stops. */
const flushTime = 1_000;

/** A client of Mixers elsewhere; of the configuration only the services concern it. */
export async function reachMixer(
  { folder }: ConfigSettings,
  options: Omit<MixerClientOptions, 'ambient'>,
  log: Log,
): Promise<Placement> {
  const registry = createServiceRegistry();
  const files = await readConfiguration(folder);
  const services = await followServices(files, registry);
  const client = createMixerClient({ ...options, ambient: { ...systemAmbient, log } });
  return {
    mixer: client,
    registry,
    files,
    reload: changed => services.reload(changed),
    secretFiles: () => [],
    status: () => ({ client: client.status() }),
    metrics: async () => clientMetrics(client),
    close: () => client.close(flushTime),
  };
}
