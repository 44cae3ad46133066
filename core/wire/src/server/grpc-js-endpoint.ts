import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import {
  type handleServerStreamingCall,
  type handleUnaryCall,
  type MethodDefinition,
  Server,
  ServerCredentials,
  type ServerOptions,
  type ServerUnaryCall,
} from '@grpc/grpc-js';
import { type Ambient, statusCodes } from '@krater/mixer';
import { type Method, methodByPath, methods } from '../methods.ts';
import { ArrivalLimit } from './arrival-limit.ts';
import { type Call, type CallAnswer, type CallRefusal, isRefusal } from './call.ts';
import { type Caller, strangerCaller, trustedCaller } from './caller.ts';
import type { Endpoint } from './endpoint.ts';
import type { HealthService } from './health-service.ts';
import type { MixerServerLimits } from './limits.ts';
import type { MixerService } from './mixer-service.ts';
import { addReflection } from './reflection.ts';
import type { UnaryMethod } from './shedding.ts';
import type { EndpointCounts } from './statistics.ts';
import type { WatchHub } from './watch-hub.ts';

export interface GrpcJsEndpointParts {
  readonly service: MixerService;
  readonly hub: WatchHub;
  readonly health: HealthService;
  readonly counts: EndpointCounts;
  readonly limits: MixerServerLimits;
  readonly ambient: Pick<Ambient, 'clock' | 'after'>;
  /** Not every caller may do everything. */
  readonly namesCallers: boolean;
}

/** gRPC by `@grpc/grpc-js`, with health and reflection: for everybody who is not our own client. */
export class GrpcJsEndpoint implements Endpoint {
  readonly #parts: GrpcJsEndpointParts;
  readonly #server: Server;
  readonly #arrivals: ArrivalLimit;
  #whenEmpty: (() => void) | undefined;
  readonly #inject: (socket: Duplex) => void;
  /** Callers by the name that grpc-js has for their connection; those who may do everything are left out. */
  readonly #callers = new Map<string, Caller>();

  constructor(parts: GrpcJsEndpointParts) {
    this.#parts = parts;
    this.#arrivals = new ArrivalLimit(parts.limits.messageTimeout, parts.ambient, path => {
      const method = methodByPath.get(path);
      if (method !== undefined) parts.counts.count(method, 'DEADLINE_EXCEEDED');
    });
    this.#server = new Server({ ...optionsOf(parts.limits), interceptors: [this.#arrivals.interceptor] });
    this.#server.addService(
      { check: definition('check'), report: definition('report'), watch: definition('watch') },
      { check: this.#unary('check'), report: this.#unary('report'), watch: this.#watch() },
    );
    parts.health.addTo(this.#server);
    addReflection(this.#server);
    const injector = this.#server.createConnectionInjector(ServerCredentials.createInsecure());
    this.#inject = socket => injector.injectConnection(socket);
  }

  accept(socket: Duplex, caller: Caller): void {
    const { counts } = this.#parts;
    counts.connections++;
    counts.accepted++;
    const peer = caller === trustedCaller ? undefined : peerOf(socket as Socket);
    if (peer !== undefined) this.#callers.set(peer, caller);
    socket.on('close', () => {
      counts.connections--;
      if (counts.connections === 0) this.#whenEmpty?.();
      if (peer !== undefined && this.#callers.get(peer) === caller) this.#callers.delete(peer);
    });
    this.#inject(socket);
  }

  announceLeaving(): void {}

  /** The library's own callback comes before sessions that Node closes by itself have ended. */
  leave(): Promise<void> {
    this.#server.tryShutdown(() => {});
    return new Promise(resolve => {
      this.#whenEmpty = resolve;
      if (this.#parts.counts.connections === 0) resolve();
    });
  }

  close(): void {
    this.#arrivals.close();
    this.#server.forceShutdown();
  }

  #unary(method: UnaryMethod): handleUnaryCall<Buffer, Buffer> {
    const { service } = this.#parts;
    return (call, callback) => {
      const respond = (answer: CallAnswer) => {
        if (isRefusal(answer)) callback(statusOf(answer));
        else callback(null, answer);
      };
      const answer = service.serve(method, this.#call(call));
      // Node's streams, and with them this, outlive their calls until a full collection.
      call.request = nothing;
      if (answer instanceof Promise) answer.then(respond);
      else respond(answer);
    };
  }

  #watch(): handleServerStreamingCall<Buffer, Buffer> {
    const { hub, counts } = this.#parts;
    return stream => {
      const end = (refusal: CallRefusal | undefined) => {
        counts.count('watch', refusal?.code ?? 'OK');
        if (refusal === undefined) stream.end();
        else stream.emit('error', statusOf(refusal));
      };
      const refusal = this.#callerOf(stream).refusal('check');
      if (refusal !== undefined) return end(refusal);
      const write = (message: Buffer) => {
        counts.bytesSent += message.length;
        return stream.write(message);
      };
      const watcher = hub.add({ write, end });
      if ('code' in watcher) return end(watcher);
      stream.on('drain', () => watcher.ready());
      stream.on('cancelled', () => watcher.gone());
    };
  }

  #call(call: ServerUnaryCall<Buffer, Buffer>): Call {
    const { counts, ambient } = this.#parts;
    return new GrpcJsCall(
      call,
      this.#callerOf(call),
      counts,
      ambient.clock.now() + remaining(call.getDeadline()),
    );
  }

  /** Nobody may do anything on a connection that is not known any more. */
  #callerOf(call: { getPeer(): string }): Caller {
    if (!this.#parts.namesCallers) return trustedCaller;
    return this.#callers.get(call.getPeer()) ?? strangerCaller;
  }
}

class GrpcJsCall implements Call {
  readonly caller: Caller;
  readonly counts: EndpointCounts;
  readonly deadline: number;
  readonly #call: ServerUnaryCall<Buffer, Buffer>;

  constructor(
    call: ServerUnaryCall<Buffer, Buffer>,
    caller: Caller,
    counts: EndpointCounts,
    deadline: number,
  ) {
    this.#call = call;
    this.caller = caller;
    this.counts = counts;
    this.deadline = deadline;
  }

  get request(): Buffer {
    return this.#call.request;
  }

  get gone(): boolean {
    return this.#call.cancelled;
  }

  whenGone(listener: () => void): void {
    this.#call.on('cancelled', listener);
  }
}

/** grpc-js tells deadlines on the system's wall clock, which may have been set since this process began. */
function remaining(deadline: Date | number): number {
  return Number(deadline) - Date.now();
}

/** As grpc-js names the peer of a call. */
function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress}:${remotePort}`;
}

function statusOf({ code, message }: CallRefusal) {
  return { code: statusCodes[code].number, details: message.toWellFormed() };
}

const nothing = Buffer.alloc(0);

const asItIs = (bytes: Buffer) => bytes;

function definition(method: Method): MethodDefinition<Buffer, Buffer> {
  return {
    path: methods[method],
    requestStream: false,
    responseStream: method === 'watch',
    requestSerialize: asItIs,
    requestDeserialize: asItIs,
    responseSerialize: asItIs,
    responseDeserialize: asItIs,
  };
}

function optionsOf(limits: MixerServerLimits): ServerOptions {
  return {
    'grpc.max_receive_message_length': limits.maxMessage,
    'grpc.max_concurrent_streams': limits.maxStreams,
    'grpc.max_connection_age_ms': limits.maxAge,
    'grpc.max_connection_age_grace_ms': limits.ageGrace,
    'grpc.max_connection_idle_ms': limits.maxIdle,
    'grpc.keepalive_time_ms': limits.keepaliveTime,
    'grpc.keepalive_timeout_ms': limits.keepaliveTimeout,
    // It keeps an object a connection and counts calls, for a service that nobody can ask here.
    'grpc.enable_channelz': 0,
  };
}
