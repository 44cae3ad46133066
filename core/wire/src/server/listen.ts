import { chmod, lstat, mkdtemp, rename, rm } from 'node:fs/promises';
import { type AddressInfo, createConnection, type ListenOptions, type Server } from 'node:net';
import { dirname, join } from 'node:path';
import { KraterError } from '@krater/mixer';
import type { codes } from '../codes.ts';

/** A TCP port, or the path of a Unix socket. */
export type ListenAddress = { readonly host: string; readonly port: number } | { readonly path: string };

export interface Bound {
  readonly address: ListenAddress;
  /** After the server is closed. */
  release(): Promise<void>;
}

/**
 * Binds a server; what could not be bound is an error.
 *
 * @throws KraterError WIRE_ADDRESS_IN_USE, WIRE_CANNOT_LISTEN
 */
export async function listen(server: Server, at: ListenAddress): Promise<Bound> {
  if ('path' in at) return listenOnPath(server, at.path);
  await bind(server, { host: at.host, port: at.port }, `port ${at.port} on ${at.host}`);
  const { address, port } = server.address() as AddressInfo;
  return { address: { host: address, port }, release: async () => {} };
}

/** The socket is made where nobody else can reach it, and moved when it is its owner's only. */
async function listenOnPath(server: Server, path: string): Promise<Bound> {
  const what = `the socket ${path}`;
  if (await isServed(path)) throw inUse(what);
  const found = await lstat(path).catch(() => undefined);
  if (found !== undefined && !found.isSocket()) throw cannotListen(what, 'something else is there');
  const hidden = await mkdtemp(join(dirname(path), '.k')).catch(cause => {
    throw cannotListen(what, cause.code, cause);
  });
  try {
    const first = join(hidden, 's');
    await bind(server, { path: first }, what);
    await chmod(first, 0o600);
    await rename(first, path);
  } finally {
    await rm(hidden, { recursive: true, force: true });
  }
  const ours = await lstat(path);
  return {
    address: { path },
    async release() {
      // Another Mixer may have taken the place meanwhile.
      const now = await lstat(path).catch(() => undefined);
      if (now?.ino === ours.ino) await rm(path, { force: true });
    },
  };
}

/** Whether somebody accepts connections there; a socket file whose process has gone refuses them. */
function isServed(path: string): Promise<boolean> {
  return new Promise(resolve => {
    const socket = createConnection(path);
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

function bind(server: Server, options: ListenOptions, what: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (cause: NodeJS.ErrnoException) =>
      reject(cause.code === 'EADDRINUSE' ? inUse(what, cause) : cannotListen(what, cause.code ?? '', cause));
    server.once('error', failed);
    server.listen(options, () => {
      server.off('error', failed);
      resolve();
    });
  });
}

function inUse(what: string, cause?: unknown): KraterError {
  const code: keyof typeof codes = 'WIRE_ADDRESS_IN_USE';
  return new KraterError(code, `${what} is in use`, {
    hint: 'choose another with --port, or 0 for any',
    cause,
  });
}

function cannotListen(what: string, why: string, cause?: unknown): KraterError {
  const code: keyof typeof codes = 'WIRE_CANNOT_LISTEN';
  const hint = 'listen on 127.0.0.1 and a port above 1023, or on a path in a folder that you may write';
  return new KraterError(code, `${what} cannot be opened (${why})`, { hint, cause });
}
