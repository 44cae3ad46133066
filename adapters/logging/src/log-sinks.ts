import { resolve } from 'node:path';
import { defineService, defineToken, KraterError, type ServiceEnv } from '@krater/mixer';
import type { Code } from './codes.ts';
import type { SinkConfig } from './config.ts';
import { FileOutlet, type Lines } from './file-outlet.ts';
import { Sink } from './sink.ts';
import { consoleOutlet } from './stream-outlet.ts';
import { type Infos, openTransport } from './transport-outlet.ts';

export type AnySink =
  | { readonly kind: 'lines'; readonly sink: Sink<Lines> }
  | { readonly kind: 'infos'; readonly sink: Sink<Infos> };

export interface SinkLease {
  readonly sink: Promise<AnySink>;
  release(): Promise<void>;
}

/** The places that this process logs to; handlers that write to the same one share it, so that no line cuts another. */
export interface LogSinks {
  lease(owner: string, config: SinkConfig): SinkLease;
}

export const logSinksToken = defineToken<LogSinks>('logging.sinks');
export const logSinks = defineService(logSinksToken, createLogSinks);

interface Place {
  readonly owners: Set<string>;
  readonly signature: string;
  readonly sink: Promise<AnySink>;
  holders: number;
}

export function createLogSinks(env: ServiceEnv): LogSinks {
  const placesByKey = new Map<string, Place[]>();
  return {
    lease(owner, config) {
      const key = keyOf(owner, config);
      const signature = JSON.stringify(config);
      const places = placesByKey.get(key) ?? [];
      if (
        places.some(
          place => place.signature !== signature && [...place.owners].some(other => other !== owner),
        )
      ) {
        const code: Code = 'LOGGING_SINK_CONFLICT';
        throw new KraterError(code, `another handler writes to ${key} and rotates it in another way`, {
          hint: 'give both the same sink.rotate, or different files',
          path: ['sink', 'rotate'],
        });
      }
      let place = places.find(place => place.signature === signature);
      if (place === undefined) {
        place = { owners: new Set(), signature, sink: open(key, config, env), holders: 0 };
        place.sink.catch(() => {});
        placesByKey.set(key, [...places, place]);
      }
      const held = place;
      held.owners.add(owner);
      held.holders++;
      return {
        sink: held.sink,
        async release() {
          if (--held.holders > 0) return;
          const left = (placesByKey.get(key) ?? []).filter(other => other !== held);
          if (left.length > 0) placesByKey.set(key, left);
          else placesByKey.delete(key);
          const opened = await held.sink.catch(() => undefined);
          await opened?.sink.close();
        },
      };
    },
  };
}

function keyOf(owner: string, config: SinkConfig): string {
  switch (config.kind) {
    case 'console':
      return config.stream;
    case 'file':
      return `file ${resolve(config.path)}`;
    case 'transport':
      return `transport ${config.module} of ${owner}`;
  }
}

async function open(name: string, config: SinkConfig, env: ServiceEnv): Promise<AnySink> {
  switch (config.kind) {
    case 'console':
      return { kind: 'lines', sink: new Sink(name, consoleOutlet(config.stream), env) };
    case 'file':
      return {
        kind: 'lines',
        sink: new Sink(name, new FileOutlet(resolve(config.path), config.rotate, env), env),
      };
    case 'transport':
      return { kind: 'infos', sink: new Sink(name, await openTransport(config), env) };
  }
}
