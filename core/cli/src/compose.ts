import { randomBytes } from 'node:crypto';
import { createServiceRegistry, type ServiceRegistry, serviceKind } from '@krater/config';
import type { SourceFile } from '@krater/documents';
import { createIsolation } from '@krater/isolation';
import { createMixer, type Mixer, systemClock } from '@krater/mixer';
import { createSidecar, inboundListener, outboundListener } from '@krater/proxy';
import { type AbstractNewable, Container } from 'inversify';
import { type AdapterLoader, createAdapterLoader } from './adapters/adapter-loader.ts';
import { readConfiguration } from './configuration.ts';
import { type Announcer, createAnnouncer } from './serve/announcer.ts';
import type { ConfigSettings } from './serve/settings.ts';
import type { Terminal } from './terminal.ts';
import { createFleet, type Fleet, type StartSidecar } from './up/fleet.ts';
import { createGuardian, type Guardian } from './up/guardian.ts';
import type { UpSettings } from './up/settings.ts';

/** Names a part of the graph; typed as a class, because that is what the container infers the part's type from. */
const token = <T>(name: string) => Symbol(name) as unknown as AbstractNewable<T>;

const CONFIG = token<ConfigSettings>('configuration settings');
const SETTINGS = token<UpSettings>('settings');
const TERMINAL = token<Terminal>('terminal');
const LOADER = token<AdapterLoader>('adapter loader');
const PEER_KEY = token<Buffer>('peer key');
const START_SIDECAR = token<StartSidecar>('sidecar starter');

export const ANNOUNCER = token<Announcer>('announcer');
export const REGISTRY = token<ServiceRegistry>('service registry');
export const FILES = token<readonly SourceFile[]>('configuration files');
export const MIXER = token<Mixer>('mixer');
export const GUARDIAN = token<Guardian>('guardian');
export const FLEET = token<Fleet>('fleet');

/** The wiring diagram of a Mixer and what it is configured by: who is made from whom. */
export function composeMixer(settings: ConfigSettings, terminal: Terminal): Container {
  const container = new Container({ defaultScope: 'Singleton', jitless: true });
  container.bind(CONFIG).toConstantValue(settings);
  container.bind(TERMINAL).toConstantValue(terminal);
  container.bind(ANNOUNCER).toResolvedValue(createAnnouncer, [TERMINAL]);
  container.bind(REGISTRY).toResolvedValue(createServiceRegistry);
  container.bind(LOADER).toResolvedValue(({ folder }) => createAdapterLoader(folder), [CONFIG]);
  container.bind(FILES).toResolvedValue(({ folder }) => readConfiguration(folder), [CONFIG]);
  container.bind(MIXER).toResolvedValue(startMixer, [CONFIG, FILES, LOADER, REGISTRY, ANNOUNCER]);
  return container;
}

/** The wiring diagram of `krater up`. The order of starting is in commands/up.ts. */
export function composeUp(settings: UpSettings, terminal: Terminal): Container {
  const container = composeMixer(settings, terminal);
  container.bind(SETTINGS).toConstantValue(settings);
  container.bind(PEER_KEY).toResolvedValue(() => randomBytes(32));
  container
    .bind(START_SIDECAR)
    .toResolvedValue(sidecarStarter, [SETTINGS, MIXER, REGISTRY, PEER_KEY, ANNOUNCER]);
  container.bind(GUARDIAN).toResolvedValue(createGuardian);
  container
    .bind(FLEET)
    .toResolvedValue(
      ({ folder }, registry, startSidecar, announcer, guardian) =>
        createFleet({ folder, registry, startSidecar, announcer, guardian }),
      [SETTINGS, REGISTRY, START_SIDECAR, ANNOUNCER, GUARDIAN],
    );
  return container;
}

function startMixer(
  { strict, node, checkDeadline }: ConfigSettings,
  config: readonly SourceFile[],
  adapters: AdapterLoader,
  registry: ServiceRegistry,
  { log }: Announcer,
): Promise<Mixer> {
  return createMixer({
    config,
    adapters,
    kinds: [serviceKind(registry)],
    listeners: [inboundListener, outboundListener],
    strict,
    ...(node !== undefined && { node: `${node}-${randomBytes(3).toString('hex')}` }),
    ...(checkDeadline !== undefined && { checkDeadline }),
    log,
    clock: systemClock,
    isolation: createIsolation({ host: import.meta.url }),
  });
}

/** Requests under way get so many milliseconds when a sidecar stops. */
const drainTime = 1_500;

function sidecarStarter(
  { host }: UpSettings,
  mixer: Mixer,
  registry: ServiceRegistry,
  peerKey: Buffer,
  { log }: Announcer,
): StartSidecar {
  return async ({ name: workload, sidecar: ports }) => {
    const inbound = { host, port: ports.inbound };
    // Only the application beside it calls out through a sidecar.
    const outbound = { host: '127.0.0.1', port: ports.outbound };
    const sidecar = await createSidecar({
      workload,
      registry,
      mixer,
      peerKey,
      inbound,
      outbound,
      log,
      clock: systemClock,
    });
    return {
      ...sidecar.addresses,
      statistics: () => sidecar.statistics(),
      close: () => sidecar.drain(drainTime),
    };
  };
}
