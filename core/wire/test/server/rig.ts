import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  type SecureClientSessionOptions,
} from 'node:http2';
import { setTimeout as delay } from 'node:timers/promises';
import { type ChannelCredentials, Client, credentials, type ServiceError } from '@grpc/grpc-js';
import {
  allow,
  type Bag,
  createMixer,
  defineAdapter,
  deny,
  type Log,
  type Mixer,
  systemAmbient,
  z,
} from '@krater/mixer';
import { listentry, logentry } from '@krater/templates';
import { decodeCheckReply } from '../../src/codec/check-reply.ts';
import { encodeCheckRequest } from '../../src/codec/check-request.ts';
import { ReportBatch } from '../../src/codec/report-batch.ts';
import { createMixerServer, type MixerServer, type MixerServerOptions } from '../../src/index.ts';
import { mark } from '../../src/mark.ts';
import type { CheckReply, ReportRequest } from '../../src/messages.ts';
import { type Method, methods } from '../../src/methods.ts';

/** How the handlers of a test behave, and what they were told. */
export interface Behaviour {
  /** Waited for before a check is answered. */
  gate: Promise<unknown> | undefined;
  /** Waited for before records are taken. */
  reportGate: Promise<unknown> | undefined;
  /** Whether checks look at their signal. */
  watched: boolean;
  readonly signals: AbortSignal[];
  readonly records: string[];
}

/** A Mixer behind its server, and what it logged. */
export interface Rig extends AsyncDisposable {
  readonly mixer: Mixer;
  readonly server: MixerServer;
  readonly behaviour: Behaviour;
  readonly logged: string[];
  readonly authority: string;
  bag(service?: string, user?: string): Bag;
}

/** Denies mallory at the service ratings; takes every record; in the namespace "shop" denies everybody at "ratings". */
export const policy = `
apiVersion: krater.dev/v1
kind: Rule
metadata: { name: listed }
spec:
  match: destination.service.name == "ratings"
  actions: [{ handler: probe, instances: [{ name: user, template: listentry, params: { value: source.user | "" } }] }]
---
apiVersion: krater.dev/v1
kind: Rule
metadata: { name: shop-only, namespace: shop }
spec:
  match: destination.service.name == "ratings"
  actions: [{ handler: probe, instances: [{ name: user, template: listentry, params: { value: '"mallory"' } }] }]
---
apiVersion: krater.dev/v1
kind: Rule
metadata: { name: told }
spec:
  match: 'true'
  actions: [{ handler: probe, instances: [{ name: record, template: logentry, params: { variables: { path: request.path | "" } } }] }]
---
apiVersion: krater.dev/v1
kind: Rule
metadata: { name: told-shop, namespace: shop }
spec:
  match: 'true'
  actions: [{ handler: probe, instances: [{ name: record, template: logentry, params: { variables: { path: '"shop"' } } }] }]
---
apiVersion: krater.dev/v1
kind: Handler
metadata: { name: probe }
spec: { adapter: probe, params: {} }
`;

export async function startRig(
  options: Partial<MixerServerOptions> & { config?: string } = {},
): Promise<Rig> {
  const behaviour: Behaviour = {
    gate: undefined,
    reportGate: undefined,
    watched: false,
    signals: [],
    records: [],
  };
  const logged: string[] = [];
  const write = (message: string, fields?: object) =>
    void logged.push(`${message} ${JSON.stringify(fields)}`);
  const log: Log = { debug: write, info: write, warn: write, error: write };
  const { config = policy, ...rest } = options;
  const deadlines = { checkDeadline: 60_000, handlerDeadline: 60_000 };
  const mixer = await createMixer({ config, adapters: [probe(behaviour)], log, ...deadlines });
  const ambient = { ...systemAmbient, log, ...rest.ambient };
  const listen = { host: '127.0.0.1', port: 0 };
  const server = await createMixerServer({ listen, ...rest, mixer, ambient });
  const { address } = server;
  return {
    mixer,
    server,
    behaviour,
    logged,
    authority: 'path' in address ? address.path : `${address.host}:${address.port}`,
    bag: (service = 'ratings', user = 'zoe') =>
      mixer.bag().put('destination.service.name', service).put('source.user', user),
    async [Symbol.asyncDispose]() {
      await server.drain(0);
      await mixer.close();
    },
  };
}

function probe(behaviour: Behaviour) {
  return defineAdapter({
    name: 'probe',
    summary: 'does what its test says',
    templates: [listentry, logentry],
    config: z.strictObject({}),
    create: () => ({
      listentry({ value }, context) {
        const answer = () =>
          value === 'mallory' ? deny('mallory is on the list') : allow({ validity: { duration: 60_000 } });
        if (behaviour.watched) behaviour.signals.push(context.signal);
        return behaviour.gate === undefined ? answer() : behaviour.gate.then(answer);
      },
      async logentry(instances) {
        await behaviour.reportGate;
        for (const { variables } of instances) behaviour.records.push(String(variables?.['path']));
      },
    }),
  });
}

/** What came of a call: the code by number, as gRPC has it. */
export interface Result {
  readonly status: number;
  readonly message: string;
  readonly reply: Buffer;
  readonly http: number | undefined;
}

export interface Peer extends Disposable {
  readonly name: string;
  call(method: Exclude<Method, 'watch'>, request: Buffer, timeout?: number): Promise<Result>;
}

/** A client that knows HTTP/2 and frames, and can therefore do wrong; `own` carries our mark. */
export class RawPeer implements Peer {
  readonly name: string;
  readonly session: ClientHttp2Session;
  readonly goneAway: Promise<number>;

  constructor(authority: string, own: boolean, options: SecureClientSessionOptions = {}) {
    this.name = own ? 'our own on node:http2' : 'a stranger on node:http2';
    const settings = own ? { enablePush: false, customSettings: mark } : { enablePush: false };
    const scheme = options.ca === undefined ? 'http' : 'https';
    this.session = connect(`${scheme}://${authority}`, { settings, ...options });
    this.session.on('error', () => {});
    this.goneAway = new Promise(resolve => this.session.on('goaway', resolve));
  }

  call(method: Method, request: Buffer, timeout?: number): Promise<Result> {
    return this.send(
      method,
      [frame(request)],
      timeout === undefined ? {} : { 'grpc-timeout': `${timeout}m` },
    );
  }

  /** Frames as they are; the stream is left open if the last is `undefined`. */
  send(
    method: Method | { readonly path: string },
    frames: readonly (Buffer | undefined)[],
    headers: Record<string, string> = {},
  ): Promise<Result> {
    const path = typeof method === 'string' ? methods[method] : method.path;
    const stream = this.session.request({
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc',
      te: 'trailers',
      ...headers,
    });
    for (const one of frames) if (one !== undefined) stream.write(one);
    if (frames.at(-1) !== undefined) stream.end();
    return resultOf(stream);
  }

  [Symbol.dispose](): void {
    this.session.destroy();
  }
}

/** Known with the status: a stream on which much was to be sent may be a while in closing. */
function resultOf(stream: ClientHttp2Stream): Promise<Result> {
  const reply: Buffer[] = [];
  let http: number | undefined;
  return new Promise(resolve => {
    const tell = (fields: Readonly<Record<string, unknown>>) => {
      const message = decodeURIComponent(String(fields['grpc-message'] ?? ''));
      const status = Number(fields['grpc-status'] ?? Number.NaN);
      resolve({ status, message, reply: Buffer.concat(reply).subarray(5), http });
    };
    stream.on('response', head => {
      http = head[':status'];
      if (head['grpc-status'] === undefined) return;
      tell(head);
      // The answer is whole, whatever this side still had to say.
      stream.close();
    });
    stream.on('data', chunk => reply.push(chunk));
    stream.on('trailers', tell);
    stream.on('error', () => {});
    stream.on('close', () => tell({}));
  });
}

const asItIs = (bytes: Buffer) => bytes;

/** A stock client of `@grpc/grpc-js`. */
export class StockPeer implements Peer {
  readonly name = 'a stock client of grpc-js';
  readonly client: Client;

  constructor(authority: string, secure: ChannelCredentials = credentials.createInsecure(), options = {}) {
    this.client = new Client(authority.startsWith('/') ? `unix:${authority}` : authority, secure, options);
  }

  call(method: Exclude<Method, 'watch'>, request: Buffer, timeout = 10_000): Promise<Result> {
    return new Promise(resolve => {
      const deadline = Date.now() + timeout;
      const done = (error: ServiceError | null, reply: Buffer | undefined) =>
        resolve({
          status: error?.code ?? 0,
          message: error?.details ?? '',
          reply: reply ?? Buffer.alloc(0),
          http: 200,
        });
      this.client.makeUnaryRequest(methods[method], asItIs, asItIs, request, { deadline }, done);
    });
  }

  [Symbol.dispose](): void {
    this.client.close();
  }
}

/** One of each kind, the first two of which must be served alike. */
export function peersOf({ authority }: Rig): readonly Peer[] {
  return [new RawPeer(authority, true), new RawPeer(authority, false), new StockPeer(authority)];
}

export function frame(message: Buffer, flags = 0): Buffer {
  const head = Buffer.alloc(5);
  head[0] = flags;
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

export function checkRequest(bag: Bag, client?: string): Buffer {
  const announced = client === undefined ? undefined : { id: client };
  return encodeCheckRequest({
    bag,
    quotas: {},
    dedupId: '',
    globalWords: 222,
    client: announced,
    leases: [],
    refill: false,
  });
}

export function reportRequest(bags: readonly Bag[], more: Partial<ReportRequest> = {}): Buffer {
  const batch = new ReportBatch();
  for (const bag of bags) batch.add(bag);
  return batch.finish({ client: undefined, batchId: '', losses: { records: 0 }, ...more });
}

export function replyOf({ status, message, reply }: Result): CheckReply {
  if (status !== 0) throw new Error(`the call ended with ${status}: ${message}`);
  return decodeCheckReply(reply);
}

export async function eventually(holds: () => boolean, within = 10_000): Promise<void> {
  const end = performance.now() + within;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`not within ${within} ms: ${holds}`);
    await delay(5);
  }
}
