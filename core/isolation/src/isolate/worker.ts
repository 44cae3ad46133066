import { setTimeout } from 'node:timers';
import { parentPort, workerData } from 'node:worker_threads';
import type { IsolatedAdapter } from '../launch/start-options.ts';
import { loadAdapter, loadServices } from '../loading/load-adapter.ts';
import { serve } from './serve.ts';

/** What a worker thread runs: serves the adapter that it was started for. */

const adapter = workerData as IsolatedAdapter;
const serving = serve({
  send: text => parentPort?.postMessage(text),
  load: () => loadAdapter(adapter),
  loadServices: module => loadServices(module, adapter),
  after: (milliseconds, run) => void setTimeout(run, milliseconds).unref(),
});
parentPort?.on('message', serving.receive);
