import { setTimeout } from 'node:timers';
import { parentPort, workerData } from 'node:worker_threads';
import type { IsolatedAdapter } from '../launch/start-options.ts';
import { loadAdapter } from '../loading/load-adapter.ts';
import { serve } from './serve.ts';

/** What a worker thread runs: serves the adapter that it was started for. */

const serving = serve({
  send: text => parentPort?.postMessage(text),
  load: () => loadAdapter(workerData as IsolatedAdapter),
  after: (milliseconds, run) => void setTimeout(run, milliseconds).unref(),
});
parentPort?.on('message', serving.receive);
