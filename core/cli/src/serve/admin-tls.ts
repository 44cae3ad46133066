import type { RequestListener, Server } from 'node:http';
import { createServer } from 'node:https';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { type Log, systemAmbient } from '@krater/mixer';
import { Certificates, isNamed, parseSubjectAltName } from '@krater/wire';

/** Certificates of an admin port, and who may administer by theirs. */
export interface AdminTls {
  /** Paths of PEM files, read again when they change. */
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
  /** Names in certificates; `*` at the end for whatever follows. */
  readonly allow: readonly string[];
  readonly log: Log;
}

export interface AdminDoor {
  readonly server: Server;
  /** Whether the other end has shown a certificate that is allowed. */
  admits(socket: Socket): boolean;
  close(): void;
}

/** A server that asks for certificates and does without: a token is as good, and health is for everybody. */
export async function openAdminTls(
  { cert, key, ca, allow, log }: AdminTls,
  serve: RequestListener,
): Promise<AdminDoor> {
  const certificates = new Certificates({ cert, key, ca }, { ...systemAmbient, log });
  const secure = await certificates.load();
  const server = createServer({ ...secure, requestCert: true, rejectUnauthorized: false }, serve);
  certificates.watch(renewed => server.setSecureContext(renewed));
  return {
    server,
    admits(socket) {
      const { authorized, getPeerX509Certificate } = socket as TLSSocket;
      if (!authorized) return false;
      return isNamed(parseSubjectAltName(getPeerX509Certificate.call(socket)?.subjectAltName), allow);
    },
    close: () => certificates.close(),
  };
}
