import { formatAddress } from '@krater/config';
import { type Log, type Mixer, systemAmbient } from '@krater/mixer';
import { createMixerServer, type MixerServer, type MixerServerOptions } from '@krater/wire';
import { cliError } from '../error.ts';
import type { AdminTls } from './admin-tls.ts';

/** Flags of a Mixer's gRPC port. */
export interface ServerFlags {
  readonly host: string;
  readonly port: number;
  readonly socket?: string;
  readonly namespace?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly tlsCa?: string;
  readonly allowCheck: readonly string[];
  readonly allowReport: readonly string[];
  readonly allowAdmin: readonly string[];
}

type ServerOptions = Omit<MixerServerOptions, 'mixer' | 'ambient'>;

/** What the flags say, as the server takes it. */
export function serverOptions(flags: ServerFlags): ServerOptions {
  const { host, port, socket, namespace, tlsCert, tlsKey, tlsCa, allowCheck, allowReport, allowAdmin } =
    flags;
  if ((tlsCert === undefined) !== (tlsKey === undefined) || (tlsCa !== undefined && tlsCert === undefined)) {
    throw cliError('CLI_WRONG_USE', 'TLS takes a certificate and its key', {
      hint: 'give --tls-cert and --tls-key; --tls-ca beside them asks clients for certificates',
    });
  }
  if (allowCheck.length + allowReport.length + allowAdmin.length > 0 && tlsCa === undefined) {
    throw cliError('CLI_WRONG_USE', 'who may check, report or administer is told by client certificates', {
      hint: 'give --tls-ca, the authority that signs them',
    });
  }
  return {
    listen: socket === undefined ? { host, port } : { path: socket },
    ...(namespace !== undefined && { namespace }),
    ...(tlsCert !== undefined &&
      tlsKey !== undefined && {
        tls: {
          cert: tlsCert,
          key: tlsKey,
          ...(tlsCa !== undefined && {
            ca: tlsCa,
            allow: { check: orAnybody(allowCheck), report: orAnybody(allowReport) },
          }),
        },
      }),
  };
}

/** Who may administer by a certificate; undefined where nobody is named. */
export function adminTls(flags: ServerFlags, log: Log): AdminTls | undefined {
  const { tlsCert: cert, tlsKey: key, tlsCa: ca, allowAdmin: allow } = flags;
  if (allow.length === 0 || cert === undefined || key === undefined || ca === undefined) return undefined;
  return { cert, key, ca, allow, log };
}

/** Where nobody is named, whoever has a certificate may. */
function orAnybody(names: readonly string[]): readonly string[] {
  return names.length === 0 ? ['*'] : names;
}

/** Calls under way get so many milliseconds when the server stops. */
export const drainTime = 1_500;

/** Where a Mixer's gRPC is spoken, as clients are told it. */
export function grpcAddress({ address }: MixerServer): string {
  return 'path' in address ? `unix:${address.path}` : formatAddress(address);
}

/** Opens a Mixer's gRPC port; one in use is an error that names the flag to change it. */
export async function startMixerServer(mixer: Mixer, options: ServerOptions, log: Log): Promise<MixerServer> {
  try {
    return await createMixerServer({ ...options, mixer, ambient: { ...systemAmbient, log } });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'WIRE_ADDRESS_IN_USE') throw error;
    const { listen } = options;
    const where = 'path' in listen ? listen.path : `${listen.host}:${listen.port}`;
    throw cliError('CLI_PORT_IN_USE', `the gRPC port ${where} is in use`, {
      hint: 'choose another with --port, or 0 for any',
    });
  }
}
