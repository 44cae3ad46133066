import { Server, ServerCredentials } from '@grpc/grpc-js';
import { systemAmbient } from '@krater/mixer';
import { createMixerServer, openTransport, type TransportKind } from '@krater/wire';
import { mixerOf } from './wire-traffic.ts';

// One server or one load in a process of its own, told what to be by its argument, and what to do by its parent.

/** What the load is told to do. */
export interface Order {
  readonly kind: TransportKind;
  readonly port: number;
  readonly method: 'check' | 'report';
  readonly request: string;
  readonly seconds: number;
  readonly inFlight: number;
}

const local = '127.0.0.1';

/** Answers what a Mixer would answer in bytes, and does nothing else. */
async function startEcho(): Promise<number> {
  const asItIs = (bytes: Buffer) => bytes;
  const method = {
    path: '/istio.mixer.v1.Mixer/Check',
    requestStream: false,
    responseStream: false,
    requestSerialize: asItIs,
    requestDeserialize: asItIs,
    responseSerialize: asItIs,
    responseDeserialize: asItIs,
  } as const;
  const reply = Buffer.alloc(Number(process.argv[3]), 1);
  const server = new Server();
  server.addService(
    { check: method },
    { check: (_call: unknown, callback: (error: null, reply: Buffer) => void) => callback(null, reply) },
  );
  return new Promise((resolve, reject) => {
    server.bindAsync(`${local}:0`, ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(port),
    );
  });
}

async function startMixer(): Promise<number> {
  const server = await createMixerServer({ mixer: await mixerOf(), listen: { host: local, port: 0 } });
  return 'port' in server.address ? server.address.port : 0;
}

/** As many calls as there can be in the time, so many at once, on one connection. */
async function load({ kind, port, method, request, seconds, inFlight }: Order) {
  const transport = openTransport(kind, { address: `${local}:${port}`, ambient: systemAmbient });
  const message = Buffer.from(request, 'base64');
  const end = performance.now() + seconds * 1000;
  let calls = 0;
  let failure = '';
  let size = 0;
  const caller = async () => {
    while (performance.now() < end && failure === '') {
      const result = await transport.call(method, message, 5_000);
      if ('failure' in result) failure = `${result.failure.code} ${result.failure.message}`;
      else size = result.reply.length;
      calls += 1;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, caller));
  await transport.close(1_000);
  return { calls, failure, size };
}

const what = process.argv[2];
if (process.send !== undefined && (what === 'echo' || what === 'mixer')) {
  const port = what === 'echo' ? await startEcho() : await startMixer();
  process.on('message', () => process.send?.(process.cpuUsage()));
  process.on('disconnect', () => process.exit());
  process.send(port);
}
if (process.send !== undefined && what === 'load') {
  process.on('message', async (one: Order) => process.send?.(await load(one)));
  process.on('disconnect', () => process.exit());
}
