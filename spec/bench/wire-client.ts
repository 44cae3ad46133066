import type { Load } from './load.ts';
import { inTurns, type Timing } from './measure.ts';
import { Program } from './program.ts';
import type { Row } from './row.ts';
import type { ClientFigures } from './wire-client-contender.ts';
import { checkOf } from './wire-traffic.ts';

const rounds = 7;
const seconds = 1.5;

interface ClientLoad extends Load {
  /** Microseconds, of the slowest hundredth. */
  readonly p99: Timing;
}

/**
 * Our own client against a stock `@grpc/grpc-js` one (raw buffers, so without its serializers): the same Mixer, 10 rules
 * and 2 handlers asked, one connection, 32 calls in flight, each process its own. Our client is answered by the Mixer's
 * `node:http2` endpoint, as it always is, and the stock one by grpc-js.
 *
 * What was found on the way: of the 35 µs nearly all are Node's own. A third is garbage collection, since the native half
 * of a stream outlives the collections of the young; streams, their events and ticks are the rest. A timer for each
 * deadline cannot be told from none (so there is no wheel); headers as an array that is used again spare 2 µs against an
 * object; 32 calls of one turn leave by one `writev`. Less than this takes framing of our own.
 */
export async function run(): Promise<Row[]> {
  const programs: Program[] = [];
  const start = (file: string, ...args: string[]) => {
    const program = new Program(file, args);
    programs.push(program);
    return program;
  };
  try {
    const port = String(await start('./wire-server-contender.ts', 'mixer').answer<number>());
    const http2 = start('./wire-client-contender.ts', 'http2', port, await checkOf('http2'));
    const grpcJs = start('./wire-client-contender.ts', 'grpc-js', port, await checkOf('grpc-js'));
    return rowsOf(await inTurns({ http2, grpcJs }, rounds, load));
  } finally {
    for (const program of programs) program.stop();
  }
}

function rowsOf({ http2, grpcJs }: Record<'http2' | 'grpcJs', ClientLoad>): Row[] {
  const faster = http2.rate.median / grpcJs.rate.median;
  return [
    {
      what: "a call's processor time in our client, against a stock grpc-js one",
      ours: micros(http2.cost),
      peer: micros(grpcJs.cost),
      ratio: grpcJs.cost.median / http2.cost.median,
      target: '≤ 60 µs',
      met: http2.cost.median <= 60,
    },
    {
      what: 'checks per second by our client and server, against grpc-js on both sides',
      ours: thousands(http2.rate),
      peer: thousands(grpcJs.rate),
      ratio: faster,
      target: '≥ 1.50×',
      met: faster >= 1.5,
    },
    {
      what: 'the slowest hundredth of these calls takes at least',
      ours: micros(http2.p99),
      peer: micros(grpcJs.p99),
      ratio: grpcJs.p99.median / http2.p99.median,
      target: '',
      met: undefined,
    },
  ];
}

async function load(client: Program) {
  const { calls, cost, p99 } = await client.ask<ClientFigures>(seconds);
  return { rate: calls / seconds, cost, p99 };
}

function micros({ median, spread }: Timing): string {
  return `${median.toFixed(median < 1000 ? 1 : 0)} µs ±${Math.round(spread * 100)} %`;
}

function thousands({ median, spread }: Timing): string {
  return `${(median / 1000).toFixed(1)}k/s ±${Math.round(spread * 100)} %`;
}
