import type { Duplex } from 'node:stream';
import type { Ambient } from '@krater/mixer';
import { mark } from '../mark.ts';
import type { TransportKind } from '../transport.ts';
import type { CutReason } from './statistics.ts';

const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const frameHead = 9;
const settingsFrame = 4;
const setting = 6;
/** Bytes of the first SETTINGS frame's payload: more settings than anybody has. */
const mostSettings = 64 * setting;

/**
 * Reads the start of a connection, the preface of HTTP/2 and the first SETTINGS frame, until it is clear who speaks: our
 * own client, by its mark, or another. What was read is put back; Node's HTTP/2 takes bytes that wait in a socket as if
 * they had just arrived.
 */
export function sortConnection(
  socket: Duplex,
  { timeout, after }: { readonly timeout: number; readonly after: Ambient['after'] },
  sorted: (kind: TransportKind) => void,
  cut: (reason: CutReason) => void,
): void {
  let seen: Buffer | undefined;
  const cancel = after(timeout, () => end('slow'));
  const end = (reason: CutReason) => {
    leave();
    socket.destroy();
    cut(reason);
  };
  const leave = () => {
    cancel();
    socket.off('data', look);
    socket.off('close', leave);
  };
  const look = (chunk: Buffer) => {
    seen = seen === undefined ? chunk : Buffer.concat([seen, chunk]);
    const kind = kindOf(seen);
    if (kind === 'unknown') return;
    if (kind === 'not-grpc') return end(kind);
    leave();
    socket.pause();
    socket.unshift(seen);
    sorted(kind);
  };
  socket.on('data', look);
  socket.on('close', leave);
}

function kindOf(bytes: Buffer): TransportKind | 'unknown' | 'not-grpc' {
  const known = Math.min(bytes.length, preface.length);
  if (bytes.compare(preface, 0, known, 0, known) !== 0) return 'not-grpc';
  const start = preface.length + frameHead;
  if (bytes.length < start) return 'unknown';
  const length = bytes.readUIntBE(preface.length, 3);
  const isSettings = bytes[preface.length + 3] === settingsFrame && bytes[preface.length + 4] === 0;
  if (!isSettings || length > mostSettings || length % setting !== 0) return 'not-grpc';
  if (bytes.length < start + length) return 'unknown';
  for (let at = start; at < start + length; at += setting)
    if (mark[bytes.readUInt16BE(at)] === bytes.readUInt32BE(at + 2)) return 'http2';
  return 'grpc-js';
}
