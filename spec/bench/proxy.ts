import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '@krater/mixer/testing';
import { cheaper, type Load, loadInWords } from './load.ts';
import { inTurns, type Timing } from './measure.ts';
import { Program } from './program.ts';
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

interface ProxyLoad extends Load {
  /** Milliseconds that 99 of 100 requests stay below. */
  readonly p99: Timing;
}

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
    return rowsOf(await inTurns({ nginx, plain, policy, cached, httpProxy }, rounds, underLoad));
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
}: Record<'nginx' | 'plain' | 'policy' | 'cached' | 'httpProxy', ProxyLoad>): Row[] {
  const added = (what: string, { cost }: Load): Row => {
    const more = cost.median - plain.cost.median;
    return {
      what: `${what}: processor time added`,
      ours: `${more.toFixed(1)} µs`,
      peer: loadInWords(plain),
      ratio: undefined,
      target: '≤ 8 µs',
      met: more <= 8,
    };
  };
  const rate = cached.rate.median / plain.rate.median;
  const slower = cached.p99.median / plain.p99.median;
  return [
    cheaper('sidecar without policy, against nginx', plain, nginx, 0.3),
    cheaper('sidecar without policy, against http-proxy', plain, httpProxy, 1.5),
    added('sidecar with policy, embedded', policy),
    added('sidecar with policy, cached', cached),
    {
      what: 'sidecar with policy, cached: requests a second, against itself without',
      ours: loadInWords(cached),
      peer: loadInWords(plain),
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

async function underLoad({ port, pid }: Contender) {
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
  const program = new Program('./proxy-contender.ts', args);
  const port = await program.answer<number>();
  return { port, pid: program.pid, stop: () => program.stop() };
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
