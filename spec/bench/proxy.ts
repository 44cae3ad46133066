import { execFile, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { summarize, type Timing } from './measure.ts';
import type { Row } from './row.ts';

const execute = promisify(execFile);
const rounds = 5;
const seconds = 2;
const connections = 32;
/** Of the kernel's accounting of processor time. */
const ticksPerSecond = 100;

interface Contender {
  readonly port: number;
  readonly pid: number;
  stop(): void;
}

interface Load {
  /** Requests per second. */
  readonly rate: Timing;
  /** Microseconds of processor time per request. */
  readonly cost: Timing;
  /** Milliseconds that 99 of 100 requests stay below. */
  readonly p99: Timing;
}
type Figures = { readonly [figure in keyof Load]: number };

/**
 * The sidecar between wrk and an nginx that serves 1 KiB: without policy against nginx and http-proxy, with policy
 * (quota, 4 metrics, access log) against itself without, the engine embedded (so without a check cache) and in a process
 * of its own (checks cached, quotas leased, reports batched). Ratios of cost are of processor time per request, since on
 * few cores requests per second also measure the load generator.
 */
export async function run(): Promise<Row[]> {
  if (!(await isInstalled('wrk', '-v')) || !(await isInstalled('nginx', '-v'))) {
    console.error('proxy: skipped, wrk and nginx are needed');
    return [];
  }
  const folder = await mkdtemp(join(tmpdir(), 'krater-bench-'));
  const started: Contender[] = [];
  const start = async (starting: Promise<Contender>) => {
    const contender = await starting;
    started.push(contender);
    return contender;
  };
  try {
    await writeFile(join(folder, 'index.html'), 'x'.repeat(1024));
    const upstream = await start(startNginx(folder, 'upstream', `root ${folder};`));
    const nginx = await start(
      startNginx(
        folder,
        'proxy',
        'location / { proxy_pass http://up; proxy_http_version 1.1; proxy_set_header Connection ""; }',
        upstream.port,
      ),
    );
    const plain = await start(startContender('plain', upstream.port, folder));
    const policy = await start(startContender('policy', upstream.port, folder));
    const httpProxy = await start(startContender('http-proxy', upstream.port, folder));
    const mixer = await start(startContender('mixer', upstream.port, folder));
    const cached = await start(startContender('cached', upstream.port, folder, mixer.port));
    return rowsOf(await measure({ nginx, plain, policy, cached, httpProxy }));
  } finally {
    for (const contender of started) contender.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

function rowsOf({
  nginx,
  plain,
  policy,
  cached,
  httpProxy,
}: Record<'nginx' | 'plain' | 'policy' | 'cached' | 'httpProxy', Load>): Row[] {
  const against = (what: string, peer: Load, least: number): Row => {
    const ratio = peer.cost.median / plain.cost.median;
    return {
      what,
      ours: inWords(plain),
      peer: inWords(peer),
      ratio,
      target: `≥ ${least.toFixed(2)}×`,
      met: ratio >= least,
    };
  };
  const added = (what: string, { cost }: Load): Row => {
    const more = cost.median - plain.cost.median;
    return {
      what: `${what}: processor time added`,
      ours: `${more.toFixed(1)} µs`,
      peer: inWords(plain),
      ratio: undefined,
      target: '≤ 8 µs',
      met: more <= 8,
    };
  };
  const rate = cached.rate.median / plain.rate.median;
  const slower = cached.p99.median / plain.p99.median;
  return [
    against('sidecar without policy, against nginx', nginx, 0.3),
    against('sidecar without policy, against http-proxy', httpProxy, 1.5),
    added('sidecar with policy, embedded', policy),
    added('sidecar with policy, cached', cached),
    {
      what: 'sidecar with policy, cached: requests a second, against itself without',
      ours: inWords(cached),
      peer: inWords(plain),
      ratio: rate,
      target: '≥ 0.85×',
      met: rate >= 0.85,
    },
    {
      what: 'sidecar with policy, cached: p99, against itself without',
      ours: `${cached.p99.median.toFixed(2)} ms`,
      peer: `${plain.p99.median.toFixed(2)} ms`,
      ratio: slower,
      target: '',
      met: undefined,
    },
  ];
}

/** Every contender once, to warm up, and then in turns. */
async function measure<Name extends string>(
  contenders: Record<Name, Contender>,
): Promise<Record<Name, Load>> {
  const names = Object.keys(contenders) as Name[];
  const figures = Object.fromEntries(names.map(name => [name, [] as Figures[]])) as Record<Name, Figures[]>;
  for (const name of names) await load(contenders[name]);
  for (let round = 0; round < rounds; round += 1) {
    for (const name of names) figures[name].push(await load(contenders[name]));
  }
  return Object.fromEntries(
    names.map(name => [
      name,
      {
        rate: summarize(figures[name].map(({ rate }) => rate)),
        cost: summarize(figures[name].map(({ cost }) => cost)),
        p99: summarize(figures[name].map(({ p99 }) => p99)),
      },
    ]),
  ) as Record<Name, Load>;
}

async function load({ port, pid }: Contender): Promise<Figures> {
  const before = await processorTime(pid);
  const url = `http://127.0.0.1:${port}/index.html`;
  const options = ['-t', '1', '-c', String(connections), '-d', `${seconds}s`, '--latency'];
  const { stdout } = await execute('wrk', [...options, url]);
  const spent = (await processorTime(pid)) - before;
  const requests = Number(/(\d+) requests in/.exec(stdout)?.[1]);
  if (!(requests > 0) || /Non-2xx|Socket errors/.test(stdout))
    throw new Error(`wrk saw failures:\n${stdout}`);
  const [, figure, unit = ''] = /99%\s+([\d.]+)(us|ms|s)/.exec(stdout) ?? [];
  const p99 = Number(figure) * ({ us: 1e-3, ms: 1, s: 1e3 }[unit] ?? Number.NaN);
  return { rate: requests / seconds, cost: (spent * 1e6) / requests, p99 };
}

/** Seconds that a process has computed for, in user and kernel. */
async function processorTime(pid: number): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, 'latin1')).split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

async function startContender(what: string, upstream: number, folder: string, mixer = 0): Promise<Contender> {
  const args = [what, String(upstream), folder, String(mixer)];
  const child = fork(new URL('./proxy-contender.ts', import.meta.url), args, {
    execArgv: ['--conditions=krater-source', '--no-deprecation'],
  });
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the proxy "${what}" ended with ${code} before it listened`);
  });
  const [port] = (await Promise.race([once(child, 'message'), ended])) as [number];
  ended.catch(() => {});
  return { port, pid: child.pid as number, stop: () => child.kill('SIGKILL') };
}

async function startNginx(
  folder: string,
  name: string,
  location: string,
  upstream?: number,
): Promise<Contender> {
  const port = await freePort();
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    kind => `${kind}_temp_path ${folder}/${name}-${kind};`,
  );
  const pool =
    upstream === undefined
      ? ''
      : `upstream up { server 127.0.0.1:${upstream}; keepalive 64; keepalive_requests 1000000000; }`;
  const config = `daemon off; master_process off; pid ${folder}/${name}.pid; error_log ${folder}/${name}.log;
events { worker_connections 1024; }
http { access_log off; keepalive_requests 1000000000; ${temporary.join(' ')} ${pool}
server { listen 127.0.0.1:${port}; ${location} } }`;
  await writeFile(join(folder, `${name}.conf`), config);
  const child = spawn('nginx', ['-c', join(folder, `${name}.conf`)], { stdio: 'ignore' });
  await untilListening(port);
  return { port, pid: child.pid as number, stop: () => child.kill('SIGKILL') };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

async function untilListening(port: number): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const socket = createConnection(port, '127.0.0.1');
    const listening = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false);
    socket.destroy();
    if (listening) return;
    await new Promise(resolve => setTimeout(resolve, 20));
  }
  throw new Error(`nothing listens on port ${port}`);
}

async function isInstalled(program: string, ...parameters: string[]): Promise<boolean> {
  return execute(program, parameters).then(
    () => true,
    error => error.code !== 'ENOENT',
  );
}

function inWords({ rate, cost }: Load): string {
  return `${cost.median.toFixed(1)} µs ±${Math.round(cost.spread * 100)} % (${Math.round(rate.median / 100) / 10}k/s)`;
}
