import { systemAmbient } from '@krater/mixer';
import { openTransport, type TransportKind } from '@krater/wire';

// One client in a process of its own: wire-client-contender.ts KIND PORT REQUEST; makes calls when its parent says so.
const [kind = '', port = '', request = ''] = process.argv.slice(2);
const inFlight = 32;

export interface ClientFigures {
  readonly calls: number;
  /** Microseconds of processor time of this process. */
  readonly cost: number;
  /** Microseconds that the slowest hundredth of the calls took at least. */
  readonly p99: number;
}

if (process.send !== undefined) {
  const transport = openTransport(kind as TransportKind, {
    address: `127.0.0.1:${port}`,
    ambient: systemAmbient,
  });
  const message = Buffer.from(request, 'base64');

  const load = async (seconds: number): Promise<ClientFigures> => {
    const began = process.cpuUsage();
    const end = performance.now() + seconds * 1000;
    const times: number[] = [];
    const caller = async () => {
      for (let start = performance.now(); start < end; ) {
        const result = await transport.call('check', message, 5_000);
        if ('failure' in result) throw new Error(`${result.failure.code}: ${result.failure.message}`);
        const now = performance.now();
        times.push(now - start);
        start = now;
      }
    };
    await Promise.all(Array.from({ length: inFlight }, caller));
    const { user, system } = process.cpuUsage(began);
    const p99 = times.sort((a, b) => a - b)[Math.floor(times.length * 0.99)] ?? Number.NaN;
    return { calls: times.length, cost: (user + system) / times.length, p99: p99 * 1000 };
  };

  process.on('message', async (seconds: number) => process.send?.(await load(seconds)));
  process.on('disconnect', () => process.exit());
}
