import type { DocumentReader } from '@krater/documents/reader';
import { Container, type ServiceIdentifier } from 'inversify';
import { createReader } from './config/declarations.ts';
import { adapterResolver } from './config/handler-sources.ts';
import { Engine, type EngineSettings, type Linker } from './engine.ts';
import type { HandlerHost } from './handler-host.ts';
import type { AdapterResolver, MixerOptions } from './mixer.ts';
import { AdapterGauges } from './runtime/adapter-gauges.ts';
import { type Ambient, systemAmbient } from './runtime/ambient.ts';
import { Breather } from './runtime/breather.ts';
import { DecisionLog } from './runtime/decision-log.ts';
import { Epochs } from './runtime/epochs.ts';
import type { HandlerPlan } from './runtime/handler.ts';
import { createHandlers, type HandlerTable } from './runtime/handler-table.ts';
import { KeptStore } from './runtime/kept-store.ts';
import { ServiceDirectory } from './runtime/service-directory.ts';
import { type CompiledConfig, linkSnapshot, type Snapshot } from './runtime/snapshot.ts';
import { Statistics } from './runtime/statistics.ts';
import { rootNamespaceDefault } from './settings.ts';

const token = <T>(name: string): ServiceIdentifier<T> => Symbol(name);

const AMBIENT = token<Ambient>('ambient');
const SETTINGS = token<EngineSettings>('settings');
const READER = token<DocumentReader>('document reader');
const RESOLVER = token<AdapterResolver>('adapter resolver');
const STATISTICS = token<Statistics>('statistics');
const GAUGES = token<AdapterGauges>('adapter gauges');
const KEPT = token<KeptStore>('kept store');
const SERVICES = token<ServiceDirectory>('services');
const DECISIONS = token<DecisionLog>('decisions');
const EPOCHS = token<Epochs>('epochs');
const LINKER = token<Linker>('linker');
const ENGINE = token<Engine>('engine');

const PLANS = token<readonly HandlerPlan[]>('handler plans');
const PREVIOUS = token<HandlerTable | undefined>('previous handlers');
const CONFIG = token<CompiledConfig>('compiled configuration');
const GENERATION = token<number>('generation');
const TABLE = token<HandlerTable>('handler table');
const SNAPSHOT = token<Snapshot>('snapshot');

const scope = { defaultScope: 'Singleton', jitless: true } as const;

/** The wiring diagram of a Mixer: what lives as long as the process, and {@link linker} what lives as long as a snapshot. */
export function composeMixer(options: MixerOptions): Engine {
  const root = new Container(scope);
  root.bind(AMBIENT).toConstantValue(ambientOf(options));
  root.bind(SETTINGS).toConstantValue(settingsOf(options));
  root.bind(READER).toResolvedValue(() => createReader());
  root.bind(RESOLVER).toResolvedValue(() => adapterResolver(options.adapters));
  root.bind(STATISTICS).toResolvedValue(() => new Statistics());
  root.bind(GAUGES).toResolvedValue(() => new AdapterGauges());
  root.bind(KEPT).toResolvedValue(() => new KeptStore());
  root.bind(EPOCHS).toResolvedValue(() => new Epochs());
  root.bind(DECISIONS).toResolvedValue(() => new DecisionLog(options.keepDecisions ?? 1000));
  root
    .bind(SERVICES)
    .toResolvedValue(
      (ambient, gauges) => new ServiceDirectory(root, options.services ?? [], ambient, gauges),
      [AMBIENT, GAUGES],
    );
  root.bind(LINKER).toResolvedValue(() => linker(root, options.isolation));
  root.bind(ENGINE).toResolvedValue(
    (settings, ambient, reader, resolver, statistics, gauges, services, decisions, epochs, link) =>
      new Engine({
        ...{ settings, ambient, reader, resolver, statistics },
        ...{ gauges, services, decisions, epochs, link },
      }),
    [SETTINGS, AMBIENT, READER, RESOLVER, STATISTICS, GAUGES, SERVICES, DECISIONS, EPOCHS, LINKER],
  );
  return root.get(ENGINE);
}

function linker(root: Container, host: HandlerHost | undefined): Linker {
  return (config, plans, previous, generation) => {
    const child = new Container({ ...scope, parent: root });
    child.bind(CONFIG).toConstantValue(config);
    child.bind(PLANS).toConstantValue(plans);
    child.bind(PREVIOUS).toConstantValue(previous);
    child.bind(GENERATION).toConstantValue(generation);
    child.bind(TABLE).toResolvedValue(
      (plans, previous, ambient, kept, gauges, statistics, epochs, services) =>
        createHandlers(plans, previous, {
          ambient,
          kept,
          gauges,
          statistics,
          epochs,
          services: (needs, chosen) => services.find(needs, chosen),
          breather: new Breather(ambient.clock),
          host,
        }),
      [PLANS, PREVIOUS, AMBIENT, KEPT, GAUGES, STATISTICS, EPOCHS, SERVICES],
    );
    child.bind(SNAPSHOT).toResolvedValue(linkSnapshot, [CONFIG, TABLE, GENERATION, STATISTICS]);
    return child.getAsync(SNAPSHOT);
  };
}

function ambientOf({ clock, log }: MixerOptions): Ambient {
  return { ...systemAmbient, ...(clock && { clock }), ...(log && { log }) };
}

function settingsOf(options: MixerOptions): EngineSettings {
  const { random } = systemAmbient;
  return {
    node: options.node ?? random().toString(36).slice(2, 8).padEnd(6, '0'),
    rootNamespace: options.rootNamespace ?? rootNamespaceDefault,
    strict: options.strict ?? false,
    listeners: options.listeners ?? [],
    kinds: options.kinds ?? [],
    checkDeadline: options.checkDeadline ?? 100,
    handlerDeadline: options.handlerDeadline ?? 50,
  };
}
