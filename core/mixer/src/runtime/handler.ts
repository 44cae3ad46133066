import { KraterError } from '@krater/documents';
import type { AnyAdapter } from '../adapter.ts';
import type { InstanceShape } from '../env.ts';
import type { AdapterModule, HandlerHealth } from '../handler-host.ts';
import type { IsolationSettings } from '../isolation-settings.ts';
import type { AnyTemplate } from '../template.ts';
import type { Service } from '../token.ts';
import type { MaybePromise } from '../value.ts';
import type { FailureLog } from './failure-log.ts';
import type { HandlerStatistics } from './statistics.ts';

/** A service that an operator has chosen for a handler. */
export interface PlannedService {
  readonly service: Service;
  /** Where it came from and its version: a handler with another one is another handler. */
  readonly origin: string;
  /** Undefined for one that was given by value. */
  readonly module: AdapterModule | undefined;
}

/** A handler of a compiled configuration, before it lives: what to create, and how to know it again. */
export interface HandlerPlan {
  /** `namespace/name`; an inline one is called `namespace/RULE.actions[N]`. */
  readonly id: string;
  readonly adapter: AnyAdapter;
  readonly config: unknown;
  readonly deadline: number;
  readonly instances: readonly InstanceShape[];
  /** Services that the operator has put in the place of others, by the names under which the adapter needs them. */
  readonly services: ReadonlyMap<string, PlannedService>;
  /** Equal for two configurations exactly if the handler can be carried over. */
  readonly signature: string;
  /** Which adapter in which version. */
  readonly origin: string;
  /** Undefined for an adapter that was given by value. */
  readonly module: AdapterModule | undefined;
  /** As the operator wrote it; undefined where nothing is said, and so {@link standardIsolation} holds. */
  readonly isolation: IsolationSettings | undefined;
  readonly standardIsolation: 'inline' | 'worker';
  /** As written in {@link file}, from which paths in them count: to be decoded again elsewhere. */
  readonly params: unknown;
  readonly file: string;
}

// biome-ignore lint/suspicious/noExplicitAny: each template's handler has its own signature, checked where it was declared
export type HandleFunction = (...args: any[]) => MaybePromise<unknown>;

/** A live handler. */
export interface Handler {
  readonly plan: HandlerPlan;
  readonly statistics: HandlerStatistics;
  readonly failures: FailureLog;
  /** Milliseconds for one call. Not part of the signature: a carried-over handler takes the new configuration's. */
  deadline: number;
  /** Raised by `env.changed()`; cached decisions that asked this handler depend on it. */
  epoch: number;
  readonly handles: ReadonlyMap<string, HandleFunction>;
  /** The same answers without side effects, where the adapter offers them. */
  readonly explains: ReadonlyMap<string, HandleFunction>;
  /** Of what it runs in, where a host created it. */
  readonly health: (() => HandlerHealth) | undefined;
  /** Nobody may call it any more. */
  readonly closed: boolean;
  close(): Promise<void>;
}

/** Takes what `create()` returned apart, for authors whose compiler did not: exactly one function per template. */
export function handlesOf(
  returned: unknown,
  templates: readonly AnyTemplate[],
  adapter: string,
): { handles: Map<string, HandleFunction>; explains: Map<string, HandleFunction>; close: () => unknown } {
  const names = templates.map(template => template.name as string);
  const fail = (message: string): never => {
    const hint = `return one function for each of: ${names.join(', ')}`;
    throw new KraterError('HANDLER_NOT_CREATED', `create() of adapter "${adapter}" ${message}`, { hint });
  };
  if (typeof returned !== 'object' || returned === null)
    fail(`returned ${returned === null ? 'null' : typeof returned}`);
  const object = returned as Record<string, unknown>;
  const handles = new Map<string, HandleFunction>();
  for (const name of names) {
    const handle = object[name];
    if (typeof handle !== 'function') fail(`returned no function for template "${name}"`);
    handles.set(name, (handle as HandleFunction).bind(object));
  }
  for (const key of Object.keys(object)) {
    if (!names.includes(key) && key !== 'close' && key !== 'explain')
      fail(`returned "${key}", which is not in its templates`);
  }
  const explains = new Map<string, HandleFunction>();
  for (const [name, explain] of Object.entries((object['explain'] ?? {}) as Record<string, unknown>)) {
    if (!names.includes(name) || typeof explain !== 'function')
      fail(`returned explain.${name}, which is no function for one of its templates`);
    explains.set(name, (explain as HandleFunction).bind(object['explain']));
  }
  const { close } = object;
  if (close !== undefined && typeof close !== 'function') fail('returned a close that is no function');
  return { handles, explains, close: () => (close as undefined | (() => unknown))?.call(object) };
}
