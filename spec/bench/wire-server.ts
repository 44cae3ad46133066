import { cheaper, type Load } from './load.ts';
import { inTurns } from './measure.ts';
import { Program } from './program.ts';
import { absolute, type Row } from './row.ts';
import type { Order } from './wire-server-contender.ts';
import { batchOf, checkOf } from './wire-traffic.ts';

const rounds = 5;
const seconds = 2;
const inFlight = 32;
const batch = 100;

interface Contender {
  readonly server: Program;
  readonly order: Omit<Order, 'seconds'>;
}

/**
 * The Mixer's server, 10 rules and 2 handlers asked, against a bare grpc-js server that answers as many bytes: one
 * connection, 32 calls in flight, server and load each in a process of its own. Ratios are of processor time per call,
 * since on few cores calls per second also measure the load.
 */
export async function run(): Promise<Row[]> {
  const programs: Program[] = [];
  const start = async (...what: string[]) => {
    const program = new Program('./wire-server-contender.ts', what);
    programs.push(program);
    return { program, port: what[0] === 'load' ? 0 : await program.answer<number>() };
  };
  try {
    const mixer = await start('mixer');
    const load = (await start('load')).program;
    const stock = { kind: 'grpc-js', method: 'check', request: await checkOf('grpc-js'), inFlight } as const;
    const ours = { kind: 'http2', method: 'check', request: await checkOf('http2'), inFlight } as const;
    const report = { kind: 'http2', method: 'report', request: await batchOf(batch), inFlight: 4 } as const;
    const { size } = await load.ask<{ size: number }>({ ...stock, port: mixer.port, seconds: 0.2 });
    const echo = await start('echo', String(size));
    const contenders = {
      echo: { server: echo.program, order: { ...stock, port: echo.port } },
      grpcJs: { server: mixer.program, order: { ...stock, port: mixer.port } },
      http2: { server: mixer.program, order: { ...ours, port: mixer.port } },
      report: { server: mixer.program, order: { ...report, port: mixer.port } },
    };
    return rowsOf(await inTurns(contenders, rounds, one => underLoad(load, one)));
  } finally {
    for (const program of programs) program.stop();
  }
}

function rowsOf({
  echo,
  grpcJs,
  http2,
  report,
}: Record<'echo' | 'grpcJs' | 'http2' | 'report', Load>): Row[] {
  const perCore = (1e6 / report.cost.median) * batch;
  return [
    cheaper('check server on grpc-js, against a bare grpc-js echo', grpcJs, echo, 0.85),
    cheaper('check server on node:http2, against a bare grpc-js echo', http2, echo, 1.3),
    absolute(
      `reports, ${batch} records a batch: records per second of one core`,
      `${Math.round(perCore / 1000)}k`,
      '≥ 100k',
      perCore >= 100_000,
    ),
  ];
}

async function underLoad(load: Program, { server, order }: Contender) {
  const before = await server.ask<NodeJS.CpuUsage>('usage');
  const { calls, failure } = await load.ask<{ calls: number; failure: string }>({ ...order, seconds });
  const after = await server.ask<NodeJS.CpuUsage>('usage');
  if (failure !== '') throw new Error(`a call failed: ${failure}`);
  return { rate: calls / seconds, cost: (after.user + after.system - before.user - before.system) / calls };
}
