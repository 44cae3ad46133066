import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { ChannelCredentials } from '@grpc/grpc-js';
import { type IsolationSettings, systemClock } from '@krater/mixer';
import { isolationError } from '../error.ts';
import type { LaunchEvents, Launched, Launcher } from './launcher.ts';
import { isLoopback } from './loopback.ts';

type Settings = Extract<IsolationSettings, { mode: 'remote' }>;

/** Milliseconds that connecting may take. */
const patience = 5_000;

/**
 * Connects to handlers that `krater adapters serve` runs elsewhere. Paths of `tls` count from the folder of `file`. A
 * server that is away just now does not refuse the configuration: its handlers are restarting until it is back.
 */
export function remoteLauncher(settings: Settings, file: string): Launcher {
  return {
    mayBeAway: true,
    launch: events => connect(settings, file, events),
  };
}

async function connect(settings: Settings, file: string, events: LaunchEvents): Promise<Launched> {
  const { address } = settings;
  // Nobody else pays for loading it.
  const { Client, status } = await import('@grpc/grpc-js');
  const { channelOptions, serveMethod } = await import('./remote-method.ts');
  const client = new Client(address, await credentialsFor(settings, file), {
    ...channelOptions,
    // We have pauses of our own, and each connection is a new isolate.
    'grpc.enable_retries': 0,
    'grpc.use_local_subchannel_pool': 1,
  });
  try {
    await new Promise<void>((resolve, reject) =>
      client.waitForReady(systemClock.now() + patience, error => (error ? reject(error) : resolve())),
    );
  } catch (error) {
    client.close();
    throw new Error(`nobody serves at ${address}: ${(error as Error).message}`);
  }
  const { path, requestSerialize, responseDeserialize } = serveMethod;
  const stream = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize);
  const ended = Promise.withResolvers<void>();
  let told = false;
  const tell = (reason: string) => {
    client.close();
    ended.resolve();
    if (told) return;
    told = true;
    events.ended(reason);
  };
  stream.on('data', events.message);
  stream.on('error', error => tell(`the connection to ${address} has ended: ${error.message}`));
  stream.on('status', ({ code, details }) =>
    tell(`the connection to ${address} has ended: ${details || status[code]}`),
  );
  return {
    send: text => void stream.write(text),
    async end() {
      stream.cancel();
      await ended.promise;
    },
  };
}

async function credentialsFor({ address, tls }: Settings, file: string): Promise<ChannelCredentials> {
  const { credentials } = await import('@grpc/grpc-js');
  if (tls !== undefined) {
    const read = async (path: string | undefined) =>
      path === undefined ? null : readPem(resolve(dirname(file), path));
    const [ca, key, certificate] = await Promise.all([read(tls.ca), read(tls.key), read(tls.certificate)]);
    return credentials.createSsl(ca, key, certificate);
  }
  if (isLoopback(address)) return credentials.createInsecure();
  throw isolationError(
    'ISOLATE_TLS_NEEDED',
    `"${address}" is beyond loopback, and its isolation has no "tls"`,
    {
      hint: 'write tls: { ca: FILE, certificate: FILE, key: FILE }',
    },
  );
}

async function readPem(path: string): Promise<Buffer> {
  return readFile(path).catch(() => {
    throw isolationError('ISOLATE_TLS_UNREADABLE', `the file "${path}" of its "tls" cannot be read`, {
      hint: 'paths count from the folder of the configuration file',
    });
  });
}
