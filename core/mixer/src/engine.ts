import { KraterError, type Problem, type SourceFile, sortProblems } from '@krater/documents';
import type { DocumentReader } from '@krater/documents/reader';
import { checkBags, checkCallOptions, checkConfigSource } from './call-arguments.ts';
import { type Compilation, compileConfig } from './config/compile.ts';
import type { Decision } from './decision.ts';
import { explain } from './explain.ts';
import { exposition } from './exposition.ts';
import { RecorderPool } from './expression/reads.ts';
import type {
  AdapterResolver,
  CheckOptions,
  ConfigSource,
  Configuration,
  Explanation,
  FailureClause,
  ForeignKind,
  Listener,
  Mixer,
  MixerState,
  MixerStatus,
  Reload,
} from './mixer.ts';
import { logRefusal, refusalProblems } from './refusal.ts';
import type { AdapterGauges } from './runtime/adapter-gauges.ts';
import type { Ambient } from './runtime/ambient.ts';
import { isPromise } from './runtime/call.ts';
import { CheckSession } from './runtime/check.ts';
import { describeConfiguration } from './runtime/configuration.ts';
import type { DecisionLog } from './runtime/decision-log.ts';
import type { Epochs } from './runtime/epochs.ts';
import { buildFailureTable } from './runtime/failure-table.ts';
import type { HandlerPlan } from './runtime/handler.ts';
import { closeHandlers, type HandlerTable } from './runtime/handler-table.ts';
import { LeaseBook } from './runtime/lease-book.ts';
import { report } from './runtime/report.ts';
import type { ServiceDirectory } from './runtime/service-directory.ts';
import type { CompiledConfig, Snapshot } from './runtime/snapshot.ts';
import { SnapshotLease } from './runtime/snapshot-lease.ts';
import type { Statistics } from './runtime/statistics.ts';
import { messageOf } from './runtime/thrown.ts';
import type { Token } from './token.ts';
import type { MaybePromise } from './value.ts';
import { Bag } from './vocabulary/bag.ts';
import type { Vocabulary } from './vocabulary/vocabulary.ts';

export interface EngineSettings {
  readonly node: string;
  readonly rootNamespace: string;
  readonly strict: boolean;
  readonly listeners: readonly Listener[];
  readonly kinds: readonly ForeignKind[];
  readonly checkDeadline: number;
  readonly handlerDeadline: number;
}

/** Brings a compiled configuration to life: a snapshot with its handlers. */
export type Linker = (
  config: CompiledConfig,
  plans: readonly HandlerPlan[],
  previous: HandlerTable | undefined,
  generation: number,
) => Promise<Snapshot>;

export interface EngineParts {
  readonly settings: EngineSettings;
  readonly ambient: Ambient;
  readonly reader: DocumentReader;
  readonly resolver: AdapterResolver;
  readonly statistics: Statistics;
  readonly gauges: AdapterGauges;
  readonly services: ServiceDirectory;
  readonly decisions: DecisionLog;
  readonly epochs: Epochs;
  readonly link: Linker;
}

/** The Mixer: one current snapshot, swapped whole, and the calls that are still in the ones before it. */
export class Engine implements Mixer {
  readonly #parts: EngineParts;
  #current: SnapshotLease | undefined;
  #generation = 0;
  #sequence = 0;
  #refused: MixerStatus['refused'];
  #secretFiles: readonly string[] = [];
  #closed: Promise<void> | undefined;
  /** Reloads, and the draining of what they replaced, one after the other. */
  #work: Promise<unknown> = Promise.resolve();
  readonly #draining = new Set<Promise<void>>();
  readonly #check;

  constructor(parts: EngineParts) {
    this.#parts = parts;
    const { ambient, statistics, settings } = parts;
    const nextId = () => `${settings.node}.${++this.#sequence}`;
    this.#check = {
      ambient,
      statistics,
      deadline: settings.checkDeadline,
      nextId,
      recorders: new RecorderPool(),
      leases: new LeaseBook(),
    };
  }

  get #lease(): SnapshotLease {
    if (this.#current === undefined || this.#closed !== undefined)
      throw new KraterError('MIXER_CLOSED', 'the Mixer is closed');
    return this.#current;
  }

  get vocabulary(): Vocabulary {
    return this.#lease.snapshot.vocabulary;
  }

  bag(): Bag {
    return new Bag(this.vocabulary);
  }

  check(bag: Bag, options: CheckOptions = {}): MaybePromise<Decision> {
    checkCallOptions(options);
    const { decisions } = this.#parts;
    const decided = within(this.#lease, lease => new CheckSession(lease, bag, options, this.#check).run());
    const keep = (decision: Decision): Decision => {
      if (options.leases?.refill !== true) decisions.add(decision);
      return decision;
    };
    return isPromise(decided) ? (decided as Promise<Decision>).then(keep) : keep(decided as Decision);
  }

  report(bags: readonly Bag[], options: { readonly namespace?: string } = {}): MaybePromise<void> {
    checkBags(bags);
    checkCallOptions(options);
    const { namespace } = options;
    return within(this.#lease, ({ snapshot }) => report(snapshot, bags, namespace, this.#parts));
  }

  async explain(bag: Bag, options: CheckOptions = {}): Promise<Explanation> {
    checkCallOptions(options);
    return within(this.#lease, ({ snapshot }) => explain(snapshot, bag, options, this.#parts));
  }

  async reload(config: ConfigSource): Promise<Reload> {
    checkConfigSource(config);
    const reloaded = this.#work.then(() =>
      this.#load(typeof config === 'string' ? [{ path: 'config.yaml', text: config }] : config),
    );
    this.#work = reloaded.catch(() => {});
    return reloaded;
  }

  async #load(files: readonly SourceFile[]): Promise<Reload> {
    if (this.#closed !== undefined) throw new KraterError('MIXER_CLOSED', 'the Mixer is closed');
    const { reader, resolver, settings, statistics, services, link } = this.#parts;
    const { clock } = this.#parts.ambient;
    const unknownField = () => {
      statistics.unknownFields++;
    };
    const compiled = await compileConfig(files, { reader, resolver, unknownField, clock, ...settings });
    this.#secretFiles = compiled.secretFiles;
    if (compiled.config === undefined) return this.#refuse(compiled.problems);
    services.offer(compiled.plans.flatMap(plan => plan.adapter.services));
    try {
      const next = await link(
        compiled.config,
        compiled.plans,
        this.#current?.snapshot.table,
        this.#generation + 1,
      );
      return this.#swap(next, compiled);
    } catch (error) {
      return this.#refuse([...compiled.problems, ...refusalProblems(error, compiled)]);
    }
  }

  /** The one moment of change: nothing in here can fail, and what belongs to others is contained. */
  #swap(next: Snapshot, compiled: Compilation): Reload {
    const { settings, statistics, ambient } = this.#parts;
    const previous = this.#current;
    this.#current = new SnapshotLease(next);
    this.#generation = next.generation;
    this.#refused = undefined;
    // A handler is carried over with its state, but called as the new configuration says.
    for (const { id, deadline } of compiled.plans) {
      const handler = next.table.handlers.get(id);
      if (handler !== undefined) handler.deadline = deadline;
    }
    for (const kind of settings.kinds) {
      try {
        kind.apply(compiled.foreign.get(kind.kind) ?? []);
      } catch (error) {
        ambient.log.error('documents could not be applied', { kind: kind.kind, error: messageOf(error) });
      }
    }
    statistics.reloads.accepted++;
    statistics.retain({
      rules: new Set(next.rules.map(rule => rule.id)),
      handlers: new Set(next.table.handlers.keys()),
      quotas: new Set(
        next.rules.flatMap(rule => rule.quotas.map(({ instance }) => `${rule.id}/${instance.name}`)),
      ),
    });
    this.#parts.epochs.changed();
    const replaced = [...(previous?.snapshot.table.handlers.values() ?? [])].filter(
      handler => next.table.handlers.get(handler.plan.id) !== handler,
    );
    if (previous !== undefined) {
      const drained = previous.drained(ambient).then(() => closeHandlers(replaced, ambient));
      this.#draining.add(drained);
      void drained.finally(() => this.#draining.delete(drained));
    }
    return {
      accepted: true,
      generation: next.generation,
      hash: next.hash,
      created: next.table.created,
      carriedOver: next.table.carriedOver,
      closed: replaced.map(handler => handler.plan.id),
      problems: sortProblems(compiled.problems),
    };
  }

  #refuse(found: readonly Problem[]): Reload {
    const { statistics, ambient } = this.#parts;
    const problems = sortProblems(found);
    statistics.reloads.refused++;
    this.#refused = { at: ambient.clock.now(), problems };
    if (this.#current !== undefined) logRefusal(problems, ambient.log);
    const { generation = 0, hash = '' } = this.#current?.snapshot ?? {};
    return { accepted: false, generation, hash, created: [], carriedOver: [], closed: [], problems };
  }

  decision(id: string): Decision | undefined {
    return this.#parts.decisions.get(id);
  }

  decisions(): readonly Decision[] {
    return this.#parts.decisions.all();
  }

  status(): MixerStatus {
    const { snapshot } = this.#lease;
    return {
      node: this.#parts.settings.node,
      generation: snapshot.generation,
      hash: snapshot.hash,
      rules: snapshot.rules.length,
      handlers: [...snapshot.table.handlers.values()].map(({ plan, epoch, statistics, health }) => ({
        name: plan.id,
        adapter: plan.adapter.name,
        epoch,
        failures: statistics.failures,
        ...(health && { health: health() }),
      })),
      ...(this.#refused && { refused: this.#refused }),
    };
  }

  state(): MixerState {
    const { snapshot } = this.#lease;
    const { hash, generation, table } = snapshot;
    const epochs = [...table.handlers.values()].map(({ plan, epoch }) => ({ handler: plan.id, epoch }));
    return { node: this.#parts.settings.node, snapshot: hash, generation, epochs };
  }

  onChange(listener: () => void): Disposable {
    return this.#parts.epochs.onChange(listener);
  }

  failureTable(): readonly FailureClause[] {
    return buildFailureTable(this.#lease.snapshot);
  }

  configuration(): Configuration {
    return describeConfiguration(this.#lease.snapshot);
  }

  secretFiles(): readonly string[] {
    return this.#secretFiles;
  }

  async metrics(): Promise<string> {
    const { statistics, gauges } = this.#parts;
    return exposition(statistics, gauges, this.#lease.snapshot, this.#refused !== undefined);
  }

  service<S>(token: Token<S>): S | undefined {
    return this.#parts.services.live(token);
  }

  /** Reloads that were asked for before are finished first; those asked for later are refused. */
  async close(): Promise<void> {
    await this.#work;
    this.#closed ??= this.#end();
    return this.#closed;
  }

  async #end(): Promise<void> {
    const { ambient, services } = this.#parts;
    await Promise.all(this.#draining);
    if (this.#current !== undefined) {
      await this.#current.drained(ambient);
      await closeHandlers([...this.#current.snapshot.table.handlers.values()], ambient);
    }
    await services.close();
  }
}

/** Runs a call in a snapshot, whose handlers stay open until it has ended. */
function within<T>(lease: SnapshotLease, run: (lease: SnapshotLease) => MaybePromise<T>): MaybePromise<T> {
  lease.take();
  let running = false;
  try {
    const result = run(lease);
    if (!isPromise(result)) return result;
    running = true;
    return (result as Promise<T>).finally(() => lease.release());
  } finally {
    if (!running) lease.release();
  }
}
