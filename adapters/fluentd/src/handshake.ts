import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { encode } from '@msgpack/msgpack';
import type { Config } from './config.ts';
import type { Connection } from './connection.ts';

/**
 * The handshake of the forward protocol: both sides prove that they know the shared key, and this one its password.
 * Fails with an Error where the server refuses, or cannot prove it.
 */
export async function shakeHands(
  connection: Connection,
  { sharedKey, hostname, user }: Pick<Config, 'hostname' | 'user'> & { readonly sharedKey: string },
): Promise<void> {
  const helo = await connection.read();
  const options = isHelo(helo) ? helo[1] : undefined;
  const nonce = bytesOf(options?.['nonce']);
  if (nonce === undefined) throw new Error('the server says no HELO with a nonce');
  const salt = randomBytes(16);
  const auth = bytesOf(options?.['auth']);
  const asked = auth !== undefined && auth.length > 0;
  if (asked && user === undefined) throw new Error('the server asks for a user');
  await connection.write(
    encode([
      'PING',
      hostname,
      salt,
      digest(salt, hostname, nonce, sharedKey),
      asked ? user?.name : '',
      asked ? digest(auth, user?.name ?? '', user?.password.reveal() ?? '') : '',
    ]),
  );
  const pong = await connection.read();
  if (!Array.isArray(pong) || pong[0] !== 'PONG') throw new Error('the server answers the PING with no PONG');
  const [, welcome, reason, serverName, proof] = pong as unknown[];
  if (welcome !== true) throw new Error(`the server refuses this side: ${String(reason).slice(0, 200)}`);
  if (!equal(String(proof), digest(salt, String(serverName), nonce, sharedKey)))
    throw new Error('the server does not know the shared key');
}

/** What a server says first if it asks for a handshake. */
export function isHelo(message: unknown): message is ['HELO', Record<string, unknown>] {
  return (
    Array.isArray(message) && message[0] === 'HELO' && typeof message[1] === 'object' && message[1] !== null
  );
}

export const wantsKey = 'the server wants a shared key';

function digest(...parts: (Uint8Array | string)[]): string {
  const hash = createHash('sha512');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

function equal(one: string, other: string): boolean {
  return one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other));
}

/** Servers send bytes as binary or, older ones, as text. */
function bytesOf(value: unknown): Uint8Array | undefined {
  if (value instanceof Uint8Array) return value;
  return typeof value === 'string' ? Buffer.from(value) : undefined;
}
