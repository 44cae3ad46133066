import { parentPort } from 'node:worker_threads';
import { answer, pause, startServer } from './servers.ts';

// A server in a thread of its own that answers every call after as many milliseconds as its argument says.
const delay = Number(process.argv[2]);
const { address } = await startServer(stream => void pause(delay).then(() => answer(stream, 'late')));
parentPort?.postMessage(address);
