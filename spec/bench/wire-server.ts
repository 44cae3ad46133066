import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { summarize, type Timing } from './measure.ts';
import type { Row } from './row.ts';
import type { Load } from './wire-server-contender.ts';
import { batchOf, checkOf } from './wire-traffic.ts';

const rounds = 5;
const seconds = 2;
const inFlight = 32;
const batch = 100;

interface Contender {
  readonly server: Program;
  readonly load: Omit<Load, 'seconds'>;
}

interface Figures {
  /** Calls per second. */
  readonly rate: Timing;
  /** Microseconds of the server's processor time per call. */
  readonly cost: Timing;
}

/**
 * The Mixer's server, 10 rules and 2 handlers asked, against a bare grpc-js server that answers as many bytes: one
 * connection, 32 calls in flight, server and load each in a process of its own. Ratios are of processor time per call,
 * since on few cores calls per second also measure the load.
 */
export async function run(): Promise<Row[]> {
  const programs: Program[] = [];
  const start = async (...what: string[]) => {
    const program = new Program(what);
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
    return rowsOf(
      await measure(load, {
        echo: { server: echo.program, load: { ...stock, port: echo.port } },
        grpcJs: { server: mixer.program, load: { ...stock, port: mixer.port } },
        http2: { server: mixer.program, load: { ...ours, port: mixer.port } },
        report: { server: mixer.program, load: { ...report, port: mixer.port } },
      }),
    );
  } finally {
    for (const program of programs) program.stop();
  }
}

function rowsOf(figures: Record<'echo' | 'grpcJs' | 'http2' | 'report', Figures>): Row[] {
  const { echo, grpcJs, http2, report } = figures;
  const against = (what: string, ours: Figures, least: number): Row => {
    const ratio = echo.cost.median / ours.cost.median;
    return {
      what,
      ours: inWords(ours),
      peer: inWords(echo),
      ratio,
      target: `≥ ${least.toFixed(2)}×`,
      met: ratio >= least,
    };
  };
  const perCore = (1e6 / report.cost.median) * batch;
  return [
    against('check server on grpc-js, against a bare grpc-js echo', grpcJs, 0.85),
    against('check server on node:http2, against a bare grpc-js echo', http2, 1.3),
    {
      what: `reports, ${batch} records a batch: records per second of one core`,
      ours: `${Math.round(perCore / 1000)}k`,
      peer: '',
      ratio: undefined,
      target: '≥ 100k',
      met: perCore >= 100_000,
    },
  ];
}

/** Every contender once, to warm up, and then in turns. */
async function measure<Name extends string>(
  load: Program,
  contenders: Record<Name, Contender>,
): Promise<Record<Name, Figures>> {
  const names = Object.keys(contenders) as Name[];
  const measured = Object.fromEntries(names.map(name => [name, [] as { rate: number; cost: number }[]]));
  for (const name of names) await measureOnce(load, contenders[name]);
  for (let round = 0; round < rounds; round += 1)
    for (const name of names) measured[name]?.push(await measureOnce(load, contenders[name]));
  return Object.fromEntries(
    names.map(name => {
      const figures = measured[name] ?? [];
      const rate = summarize(figures.map(one => one.rate));
      return [name, { rate, cost: summarize(figures.map(one => one.cost)) }];
    }),
  ) as Record<Name, Figures>;
}

async function measureOnce(load: Program, { server, load: what }: Contender) {
  const before = await server.ask<NodeJS.CpuUsage>('usage');
  const { calls, failure } = await load.ask<{ calls: number; failure: string }>({ ...what, seconds });
  const after = await server.ask<NodeJS.CpuUsage>('usage');
  if (failure !== '') throw new Error(`a call failed: ${failure}`);
  return { rate: calls / seconds, cost: (after.user + after.system - before.user - before.system) / calls };
}

/** A server or a load, in a process of its own. */
class Program {
  readonly #child: ChildProcess;

  constructor(what: readonly string[]) {
    this.#child = fork(new URL('./wire-server-contender.ts', import.meta.url), what, {
      execArgv: ['--conditions=krater-source', '--no-deprecation'],
    });
  }

  async answer<T>(): Promise<T> {
    const waiting = new AbortController();
    const { signal } = waiting;
    const ended = once(this.#child, 'exit', { signal }).then(([code]) => {
      throw new Error(`a program of the benchmark ended with ${code}`);
    });
    try {
      const [message] = await Promise.race([once(this.#child, 'message', { signal }), ended]);
      return message as T;
    } finally {
      ended.catch(() => {});
      waiting.abort();
    }
  }

  ask<T>(what: Load | 'usage'): Promise<T> {
    const answer = this.answer<T>();
    this.#child.send(what);
    return answer;
  }

  stop(): void {
    this.#child.kill('SIGKILL');
  }
}

function inWords({ rate, cost }: Figures): string {
  return `${cost.median.toFixed(1)} µs ±${Math.round(cost.spread * 100)} % (${Math.round(rate.median / 100) / 10}k/s)`;
}
