import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import logging from '@krater/adapter-logging';
import { PlainMap, type Value, type ValueType } from '@krater/mixer';
import { createHandler, fakeContext, fakeEnv } from '@krater/mixer/testing';
import winston from 'winston';
import { inWords, summarize, type Timing } from './measure.ts';
import type { Row } from './row.ts';

const entries = 2000;
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

/** An access log line of twelve variables to a file, until the system has it, against bare winston: CPU of all threads. */
export async function run(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'krater-bench-'));
  const krater = await ours(join(folder, 'ours.log'));
  const peer = bareWinston(join(folder, 'peer.log'));
  try {
    const times = await compareCpu({ ours: krater.run, peer: peer.run });
    return [
      {
        what: 'access log line to a file (CPU)',
        ours: inWords(times.ours),
        peer: `winston ${inWords(times.peer)}`,
        ratio: times.peer.median / times.ours.median,
        target: '≤ 1 µs',
        met: times.ours.median <= 1,
      },
    ];
  } finally {
    await krater.close();
    peer.close();
    rmSync(folder, { recursive: true });
  }
}

/** CPU time an entry, in turns: most of a write is waiting for another thread, which says nothing about its cost. */
async function compareCpu<Name extends string>(
  contenders: Record<Name, () => Promise<void>>,
): Promise<Record<Name, Timing>> {
  const names = Object.keys(contenders) as Name[];
  const figures = Object.fromEntries(names.map(name => [name, [] as number[]])) as Record<Name, number[]>;
  for (let round = -2; round < 9; round += 1) {
    for (const name of names) {
      const before = process.cpuUsage();
      for (let run = 0; run < 20; run += 1) await contenders[name]();
      const { user, system } = process.cpuUsage(before);
      if (round >= 0) figures[name].push((user + system) / (20 * entries));
    }
  }
  return Object.fromEntries(names.map(name => [name, summarize(figures[name])])) as Record<Name, Timing>;
}

async function ours(path: string) {
  const env = fakeEnv({
    instances: [{ name: 'accesslog', template: 'logentry', types: { variables: types } }],
  });
  const [service] = logging.services;
  const config = { sink: { kind: 'file', path } };
  const handler = await createHandler(
    logging,
    config,
    Object.assign(env, { sinks: await service?.create(env) }),
  );
  const context = fakeContext(env);
  const batch = Array.from({ length: entries }, (_, entry) => ({
    name: 'accesslog',
    severity: 'info',
    timestamp: 1_900_000_000_000_000 + entry * 1000,
    variables: variablesOf(entry),
  }));
  let told = 0;
  return {
    async run() {
      handler.logentry(batch as never, context);
      told += entries;
      // Less than a batch waits for more to come; the rest must be in the file.
      while (told - (env.measured.get('acknowledged_total') ?? 0) > 100) {
        await new Promise<void>(resolve => void setImmediate(resolve));
      }
      if (env.measured.get('lost_total')) throw new Error('a benchmark that loses entries measures nothing');
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
  return Object.assign(new PlainMap() as Record<string, Value>, values);
}
