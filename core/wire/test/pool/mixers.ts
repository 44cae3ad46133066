import type { ServerHttp2Stream } from 'node:http2';
import { encodeWatchUpdate } from '../../src/codec/watch.ts';
import type { WatchUpdate } from '../../src/messages.ts';
import { createMixerPool } from '../../src/pool/mixer-pool.ts';
import type { MixerPoolOptions } from '../../src/pool.ts';
import {
  ambient,
  answer,
  begin,
  type OnCall,
  refuse,
  type Server,
  startServer,
} from '../transport/servers.ts';

/** What a Mixer tells of its state. */
export function stateOf(node: string, more: Partial<WatchUpdate> = {}): WatchUpdate {
  return { node, snapshot: 's1', generation: 1, epochs: [], draining: false, ...more };
}

/**
 * A server that answers checks with its name, unless a test wants something else, and tells watchers its state. It
 * listens on a free port, or on a given one.
 */
export async function startMixer(
  node: string,
  { port = 0, onCall }: { port?: number; onCall?: OnCall } = {},
) {
  const watchers = new Set<(message: Buffer) => void>();
  const streams = new Set<ServerHttp2Stream>();
  const mixer = {
    calls: 0,
    watches: 0,
    onCall: onCall ?? (stream => answer(stream, node)),
    onWatch: (stream: ServerHttp2Stream) => {
      const send = begin(stream);
      watchers.add(send);
      streams.add(stream);
      stream.on('close', () => {
        watchers.delete(send);
        streams.delete(stream);
      });
      send(encodeWatchUpdate(mixer.state));
    },
    state: stateOf(node),
    watchers,
    /** Tells all watchers. */
    tell(state: WatchUpdate) {
      mixer.state = state;
      for (const send of watchers) send(encodeWatchUpdate(state));
    },
    /** Ends the watch streams, and leaves the connections. */
    endWatches() {
      for (const stream of streams) stream.close(0);
    },
  };
  const listen = { host: '127.0.0.1', port };
  const server = await startServer(
    (stream, headers, request) => {
      if (headers[':path']?.endsWith('/Watch')) {
        mixer.watches++;
        mixer.onWatch(stream);
      } else {
        mixer.calls++;
        mixer.onCall(stream, headers, request);
      }
    },
    { listen },
  );
  return Object.assign(server, { mixer });
}

/** A server of another making, which knows no watch. */
export function withoutWatch(server: Awaited<ReturnType<typeof startMixer>>): void {
  server.mixer.onWatch = stream => refuse(stream, 12);
}

/** A pool, and what its listener has heard. */
export function startPool(servers: readonly (Server | string)[], options: Partial<MixerPoolOptions> = {}) {
  const heard: string[] = [];
  const addresses = servers.map(server => (typeof server === 'string' ? server : server.address));
  const pool = createMixerPool({
    addresses,
    client: { id: 'test' },
    ambient,
    listener: {
      updated: (_address, { node, snapshot, draining }) =>
        heard.push(`${node} ${snapshot}${draining ? ' draining' : ''}`),
      lost: address => heard.push(`lost ${addresses.indexOf(address)}`),
    },
    ...options,
  });
  const request = Buffer.from('request');
  return {
    pool,
    heard,
    /** Who answered, or with which code the call failed. */
    async ask(timeout = 2_000, method: 'check' | 'report' = 'check') {
      const result = await pool.call(method, request, timeout);
      return 'reply' in result ? result.reply.toString() : result.failure.code;
    },
    states: () => pool.status().map(({ state }) => state),
    [Symbol.asyncDispose]: () => pool.close(0),
  };
}
