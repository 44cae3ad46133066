import { Socket } from 'node:net';
import process from 'node:process';
import { setTimeout } from 'node:timers';
import type { IsolatedAdapter } from '../launch/start-options.ts';
import { loadAdapter, loadServices } from '../loading/load-adapter.ts';
import { lineReader } from '../protocol/line-reader.ts';
import { serve } from './serve.ts';

/** What a child process runs: serves the adapter that it was started for, on the pipe that it was started with. */

const adapter = JSON.parse(process.argv[2] ?? '') as IsolatedAdapter;
const pipe = new Socket({ fd: 3 });
const serving = serve({
  send: text => void pipe.write(`${text}\n`),
  load: () => loadAdapter(adapter),
  loadServices: module => loadServices(module, adapter),
  after: (milliseconds, run) => void setTimeout(run, milliseconds).unref(),
  memory: () => process.memoryUsage.rss(),
});
lineReader(pipe, serving.receive, reason => {
  throw new Error(reason);
});
// The host decides when it ends: not a terminal that tells all its processes, and not a host that is no more.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
pipe.on('close', () => process.exit(0));
