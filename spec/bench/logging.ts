import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import logging from '@krater/adapter-logging';
import { PlainMap, type Value, type ValueType } from '@krater/mixer';
import { createHandler, fakeContext, fakeEnv } from '@krater/mixer/testing';
import winston from 'winston';
import { inTurns, inWords, type Timing } from './measure.ts';
import type { Row } from './row.ts';

const entries = 2000;
const runs = 20;
const types = {
  method: 'STRING',
  path: 'STRING',
  host: 'STRING',
  code: 'INT64',
  duration: 'DURATION',
  request_size: 'INT64',
  response_size: 'INT64',
  source: 'STRING',
  destination: 'STRING',
  user: 'STRING',
  user_agent: 'STRING',
  request_id: 'STRING',
} as const satisfies Record<string, ValueType>;

/** An access log line of twelve variables to a file, until the system has it, against bare winston. */
export async function run(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'krater-bench-'));
  const krater = await ours(join(folder, 'ours.log'));
  const peer = bareWinston(join(folder, 'peer.log'));
  try {
    const cpu = await compareCpu({ ours: krater.run, winston: peer.run });
    return [
      row('access log line to a file, on the event loop (CPU)', cpu.ours.thread, cpu.winston.thread, 1),
      row('access log line to a file, writing threads included (CPU)', cpu.ours.all, cpu.winston.all),
    ];
  } finally {
    await krater.close();
    peer.close();
    rmSync(folder, { recursive: true });
  }
}

/** CPU time an entry, in turns: most of a write is waiting for another thread, which says nothing about its cost. */
function compareCpu<Name extends string>(contenders: Record<Name, () => Promise<void>>) {
  return inTurns(contenders, 9, async contender => {
    const onThread = process.threadCpuUsage();
    const inAll = process.cpuUsage();
    for (let run = 0; run < runs; run += 1) await contender();
    return { thread: perEntry(process.threadCpuUsage(onThread)), all: perEntry(process.cpuUsage(inAll)) };
  });
}

function perEntry({ user, system }: { readonly user: number; readonly system: number }): number {
  return (user + system) / (runs * entries);
}

function row(what: string, ours: Timing, peer: Timing, most?: number): Row {
  const target = most === undefined ? '' : `≤ ${most} µs`;
  const met = most === undefined ? undefined : ours.median <= most;
  const ratio = peer.median / ours.median;
  return { what, ours: inWords(ours), peer: `winston ${inWords(peer)}`, ratio, target, met };
}

async function ours(path: string) {
  const env = fakeEnv({
    instances: [{ name: 'accesslog', template: 'logentry', types: { variables: types } }],
  });
  const [service] = logging.services;
  let told = 0;
  let written = 0;
  let arrived = () => {};
  const metrics: typeof env.metrics = {
    ...env.metrics,
    counter: name => ({
      add(amount = 1) {
        if (name === 'logging_lost_total') throw new Error('a benchmark that loses entries measures nothing');
        written += amount;
        if (written === told) arrived();
      },
    }),
  };
  const config = { sink: { kind: 'file', path } };
  const services = { sinks: await service?.create(env), metrics };
  const handler = await createHandler(logging, config, Object.assign(env, services));
  const context = fakeContext(env);
  const batch = Array.from({ length: entries }, (_, entry) => ({
    name: 'accesslog',
    severity: 'info',
    timestamp: 1_900_000_000_000_000 + entry * 1000,
    variables: variablesOf(entry),
  }));
  return {
    async run() {
      const { promise, resolve } = Promise.withResolvers<void>();
      arrived = resolve;
      told += entries;
      handler.logentry(batch as never, context);
      await env.clock.advance(100);
      await promise;
    },
    async close() {
      await handler.close?.();
      await env.close();
    },
  };
}

function bareWinston(filename: string) {
  const transport = new winston.transports.File({ filename });
  const format = winston.format.combine(winston.format.timestamp(), winston.format.json());
  const logger = winston.createLogger({ format, transports: [transport] });
  const batch = Array.from({ length: entries }, (_, entry) => variablesOf(entry));
  return {
    async run() {
      let logged = 0;
      const { promise, resolve } = Promise.withResolvers<void>();
      const count = () => {
        if (++logged === entries) resolve();
      };
      transport.on('logged', count);
      for (const variables of batch) logger.info('accesslog', variables);
      await promise;
      transport.off('logged', count);
    },
    close: () => logger.close(),
  };
}

function variablesOf(entry: number): { readonly [name: string]: Value } {
  const values: Record<keyof typeof types, Value> = {
    method: 'GET',
    path: `/reviews/${entry % 50}?page=${entry % 7}`,
    host: 'reviews.default.svc.cluster.local',
    code: entry % 9 === 0 ? 503 : 200,
    duration: 1200 + (entry % 1000),
    request_size: 0,
    response_size: 379 + (entry % 40),
    source: 'productpage-v1',
    destination: 'reviews-v3',
    user: `user${entry % 50}`,
    user_agent:
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36',
    request_id: `e457b5a2-e4d8-9bd1-${String(entry).padStart(4, '0')}-05e3ac9a4f6e`,
  };
  return Object.assign(new PlainMap() as Record<string, Value>, ...Object.entries(values).map(ownCopy));
}

/** Texts of a request are its own, even where all requests have the same. */
function ownCopy([name, value]: readonly [string, Value]) {
  return { [name]: typeof value === 'string' ? Buffer.from(value).toString('latin1') : value };
}
