import type { AdapterModule, InstanceShape } from '@krater/mixer';
import { isolationError } from '../error.ts';
import type { PackedError } from './packed-error.ts';
import { pack, unpack } from './packed-value.ts';

/**
 * The protocol between a host and an isolate, the same over a worker's port, a process's pipe and a gRPC stream.
 *
 * Each message is one text of JSON; {@link pack} says how values are held that JSON has not. The host sends requests,
 * each with a number of its own, and the isolate answers each once, in any order. Reports come as one request for a
 * whole batch.
 *
 * What the isolate has to tell by itself waits until the host has taken what it told before (`noted`), is gathered
 * meanwhile up to a bound, and beyond that is counted and dropped; how many requests may be unanswered is the host's to
 * bound. So neither side can flood the other.
 *
 * A host and an isolate of different versions do not work together; `hello` finds that out.
 */
export const protocolVersion = 1;

/** Characters of one message at most. */
export const longestMessage = 16 * 1024 * 1024;

/** Values of the secrets that a handler's params refer to. They cross here and nowhere else, and are never logged. */
export interface PassedSecrets {
  readonly env: { readonly [name: string]: string };
  /** By absolute path. */
  readonly file: { readonly [path: string]: string };
}

/** A service of the operator's own, to be imported where the handler runs. */
export interface PassedService {
  /** The name under which the adapter needs it. */
  readonly need: string;
  readonly module: AdapterModule;
}

export type Request =
  | { readonly do: 'hello'; readonly version: number; readonly adapter: string }
  | {
      readonly do: 'create';
      /** A number that later requests call it by; two handlers of one name live side by side during a reload. */
      readonly handler: number;
      readonly name: string;
      /** As the operator wrote them, in this file. */
      readonly params: unknown;
      readonly file: string;
      readonly secrets: PassedSecrets;
      readonly services: readonly PassedService[];
      readonly instances: readonly InstanceShape[];
    }
  | {
      readonly do: 'handle' | 'explain';
      readonly handler: number;
      readonly template: string;
      readonly args: readonly unknown[];
      /** Milliseconds until the answer must be there. */
      readonly left: number;
    }
  | { readonly do: 'close'; readonly handler: number }
  | { readonly do: 'ping' };

export type ToIsolate =
  | ({ readonly n: number } & Request)
  /** Nobody waits for the answer of this request any more. */
  | { readonly cancel: number; readonly code: string; readonly message: string }
  | { readonly noted: true };

/** The answer to `hello`. */
export interface Welcome {
  readonly version: number;
  readonly adapter: string;
}

/** The answer to `create`: the templates for which it explains. */
export interface Created {
  readonly explains: readonly string[];
}

/** The answer to `ping`: bytes that the isolate uses, where only it can tell. */
export interface Pong {
  readonly memory?: number;
}

export interface LogNotice {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: { readonly [name: string]: unknown };
}

export interface SeriesNotice {
  readonly kind: 'counter' | 'gauge';
  readonly name: string;
  readonly help: string;
  /** Of a counter what came to it since the last notice, of a gauge what it stands at. */
  readonly value: number;
}

export type FromIsolate =
  | { readonly n: number; readonly value?: unknown }
  | { readonly n: number; readonly error: PackedError }
  /** Answers that this handler gave before may no longer hold. */
  | { readonly changed: string }
  | {
      readonly logs: readonly LogNotice[];
      readonly dropped: number;
      readonly series: readonly SeriesNotice[];
    };

/** Throws for a message that is too long for the other side to take. */
export function encodeMessage(message: ToIsolate | FromIsolate): string {
  const text = JSON.stringify(pack(message));
  if (text.length <= longestMessage) return text;
  throw isolationError(
    'ISOLATE_MESSAGE_TOO_LONG',
    `a message of ${text.length} characters is too long, allowed: ${longestMessage}`,
    { hint: 'report in smaller batches' },
  );
}

export function decodeMessage<M extends ToIsolate | FromIsolate>(text: string): M {
  return unpack(JSON.parse(text)) as M;
}
