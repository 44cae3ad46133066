import type { MixerStatus } from '@krater/mixer';
import { freePort } from '../serve/free-port.ts';
import type { ListeningAt } from '../serve/listen.ts';
import { deadlineFlag, superviseOwn } from './own-process.ts';
import type { UpSettings } from './settings.ts';
import type { ProcessStatus } from './status.ts';

/** The Mixer as a process of its own, as the one above it sees it. */
export interface MixerProcess {
  /** Of its gRPC port. */
  readonly address: string;
  /** Resolves when it listens. */
  readonly ready: Promise<void>;
  /** As the Mixer says; undefined where it does not answer. */
  status(): Promise<{ readonly mixer: MixerStatus; readonly listening: readonly ListeningAt[] } | undefined>;
  /** Prometheus text; empty where it does not answer. */
  metrics(): Promise<string>;
  process(): ProcessStatus;
  stop(): Promise<void>;
}

/** How long the Mixer's admin port is waited for, in milliseconds. */
const patience = 1_000;

/** Starts it on ports that are chosen here, so that one that is started again is where its clients look for it. */
export async function startMixerProcess(
  { folder, port, strict, checkDeadline }: Pick<UpSettings, 'folder' | 'port' | 'strict' | 'checkDeadline'>,
  parts: Parameters<typeof superviseOwn>[1],
): Promise<MixerProcess> {
  const grpcPort = await freePort(port, '--port');
  const adminPort = await freePort(0, '--admin-port');
  const args = [
    ...['mixer', folder, '--port', String(grpcPort), '--admin-port', String(adminPort)],
    ...(strict ? ['--strict'] : []),
    ...deadlineFlag(checkDeadline),
  ];
  const process = superviseOwn({ name: 'mixer', args, port: grpcPort }, parts);
  const ask = async (page: string) => {
    const url = `http://127.0.0.1:${adminPort}/${page}`;
    const response = await fetch(url, { signal: AbortSignal.timeout(patience) }).catch(() => undefined);
    return response?.ok ? response : undefined;
  };
  return {
    address: `127.0.0.1:${grpcPort}`,
    ready: process.ready,
    async status() {
      const answer = await ask('status');
      return answer === undefined
        ? undefined
        : ((await answer.json()) as Awaited<ReturnType<MixerProcess['status']>>);
    },
    metrics: async () => (await (await ask('metrics'))?.text()) ?? '',
    process: () => ({ name: 'mixer', state: process.state, restarts: process.restarts, pid: process.pid }),
    stop: () => process.stop(),
  };
}
