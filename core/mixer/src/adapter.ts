import { KraterError } from '@krater/documents';
import type { z } from 'zod';
import type { BaseEnv } from './env.ts';
import type { Handle, Template } from './template.ts';
import type { Needs, Service, Services } from './token.ts';
import type { MaybePromise } from './value.ts';

/** The version of this contract; an adapter may say for which it was written. The last two majors are supported. */
export const contractVersion = 1;

type Show<T> = { [K in keyof T]: T[K] } & {};

/** What `create` returns: one function per template, and optionally `close`. */
export type Handlers<Ts extends readonly Template[]> = Show<
  { [T in Ts[number] as T['name']]: Handle<T> } & { close?(): MaybePromise<void> }
>;
type Returned<Ts extends readonly Template[]> = { [K in keyof Handlers<Ts>]?: Handlers<Ts>[K] } & {
  readonly [name: string]: unknown;
};
type Missing<R, Ts extends readonly Template[]> = Exclude<Ts[number]['name'], keyof R>;
type Surplus<R, Ts extends readonly Template[]> = Exclude<keyof R, Ts[number]['name'] | 'close' | 'explain'>;
type Verdict<R, Ts extends readonly Template[]> = string extends keyof R
  ? unknown
  : [Missing<R, Ts>] extends [never]
    ? [Surplus<R, Ts>] extends [never]
      ? unknown
      : `create() returns "${Surplus<R, Ts> & string}", which is not in templates`
    : `create() returns no handler for template "${Missing<R, Ts> & string}"`;

/** Reports a mistake in the configuration: `path` names the field (`['quotas', 0, 'limit']`), which finds its place in the file by itself. */
export type ConfigProblem = (path: readonly (string | number)[], message: string, hint?: string) => void;

/**
 * An adapter: a value, made by {@link defineAdapter}. Its life has six steps:
 *
 * 1. **declare**: `name`, `templates`, `config`, `needs`: what it serves and what it wants. Nothing runs.
 * 2. **check**: beyond the shape of the configuration; side-effect free; problems are located in the YAML.
 * 3. **create**: makes the live handler from the parsed configuration and its environment. May be slow, may not need
 *    its backend to be up. A throw refuses the whole new configuration; a `KraterError` with a `path` points at a parameter.
 * 4. **handle**: one function per template; returns a value or a promise; a refusal is an answer, only bugs throw.
 * 5. **explain** (optional): the answer `handle` would give, without side effects.
 * 6. **close**: after the last call has ended; timers and fetches of `env` stop by themselves.
 */
export interface Adapter<Ts extends readonly Template[], C> {
  readonly name: string;
  readonly summary: string;
  readonly contract: number;
  readonly aliases: readonly string[];
  readonly templates: Ts;
  readonly config: z.ZodType<C>;
  readonly needs: Needs;
  readonly services: readonly Service[];
  check?(config: C, problem: ConfigProblem): void;
  create(config: C, env: BaseEnv): MaybePromise<{ readonly [name: string]: unknown }>;
}

// biome-ignore lint/suspicious/noExplicitAny: a heterogeneous list of adapters; the narrower form is not assignable
export type AnyAdapter = Adapter<any, any>;

/**
 * Declares an adapter. The handlers that `create` must return, and the types of their instances, follow from
 * `templates`; a missing, misspelt or surplus handler does not compile.
 *
 * @example
 * export default defineAdapter({
 *   name: 'shout', summary: 'refuses quiet callers', templates: [listentry],
 *   config: z.strictObject({ loudness: z.int().default(3) }),
 *   create: ({ loudness }) => ({ listentry: ({ value }) => (String(value).length > loudness ? allow() : deny('too quiet')) }),
 * });
 */
export function defineAdapter<
  const Ts extends readonly Template[],
  C extends z.ZodType,
  const N extends Needs = Record<never, never>,
  R extends Returned<Ts> = Returned<Ts>,
>(declaration: {
  readonly name: string;
  readonly summary: string;
  /** The contract version it was written for; 1 if left out, whatever the Krater that runs it. */
  readonly contract?: number;
  /** Other names by which configurations may call it. */
  readonly aliases?: readonly string[];
  readonly templates: Ts;
  readonly config: C;
  readonly needs?: N & { readonly [K in keyof BaseEnv]?: never };
  /** Services that this package offers, to its own and to other adapters. */
  readonly services?: readonly Service[];
  check?(config: z.output<C>, problem: ConfigProblem): void;
  create(config: z.output<C>, env: BaseEnv & Services<N>): MaybePromise<R & Verdict<R, Ts>>;
}): Adapter<Ts, z.output<C>> {
  const { contract = 1, aliases = [], needs = {}, services = [] } = declaration;
  if (!/^[a-z][a-z0-9-]*$/.test(declaration.name)) {
    throw new KraterError(
      'ADAPTER_BAD_NAME',
      `adapter name ${JSON.stringify(declaration.name)} must be lower-case letters, digits and dashes`,
    );
  }
  return Object.freeze({ ...declaration, contract, aliases, needs, services }) as unknown as Adapter<
    Ts,
    z.output<C>
  >;
}
