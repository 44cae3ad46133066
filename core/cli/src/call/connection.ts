import { randomBytes } from 'node:crypto';
import { systemAmbient } from '@krater/mixer';
import { type CallResult, openTransport, type Transport } from '@krater/wire';
import { cliError } from '../error.ts';
import { type ConnectionFlags, parseMixerAddresses, transportTls } from '../proxy/client-flags.ts';

export interface CallFlags extends ConnectionFlags {
  /** Milliseconds for one call. */
  readonly deadline: number;
}

/** A connection to one Mixer, for a person's calls. */
export interface Connection {
  readonly transport: Transport;
  /** What this client calls itself, so that answers carry everything. */
  readonly client: { readonly id: string };
  /** @throws KraterError CLI_NO_ANSWER, CLI_CALL_REFUSED */
  call(method: 'check' | 'report', request: Buffer): Promise<Buffer>;
  close(): Promise<void>;
}

/** Connects to the first of the addresses. */
export function connectTo(addressText: string, flags: CallFlags): Connection {
  const [address = '', ...more] = parseMixerAddresses(addressText);
  if (more.length > 0)
    throw cliError('CLI_WRONG_USE', 'one call goes to one Mixer', { hint: 'name one address' });
  const tls = transportTls(flags);
  const transport = openTransport(flags.transport, {
    address,
    ambient: systemAmbient,
    ...(tls !== undefined && { tls }),
  });
  return {
    transport,
    client: { id: `cli-${randomBytes(6).toString('hex')}` },
    call: async (method, request) => replyOf(await transport.call(method, request, flags.deadline), address),
    close: () => transport.close(0),
  };
}

function replyOf(result: CallResult, address: string): Buffer {
  if ('reply' in result) return result.reply;
  const { code, message } = result.failure;
  if (code === 'UNAVAILABLE' || code === 'DEADLINE_EXCEEDED') {
    throw cliError('CLI_NO_ANSWER', `no Mixer answers on ${address}: ${message}`, {
      hint: 'start one: krater mixer DIR, or krater up DIR',
    });
  }
  throw cliError('CLI_CALL_REFUSED', `the Mixer on ${address} refused the call with ${code}: ${message}`);
}
