import type { Socket } from 'node:net';
import type { ChannelCredentials, ClientUnaryCall, ServiceError } from '@grpc/grpc-js';
import { type ChannelOptions, Client, connectivityState, credentials, Metadata, status } from '@grpc/grpc-js';
import { statusCodeByNumber } from '@krater/mixer';
import { type Method, methods } from '../methods.ts';
import type {
  CallFailure,
  CallResult,
  Transport,
  TransportLimits,
  TransportOptions,
  TransportTls,
} from '../transport.ts';
import { cancelled, connectionLost, deadlineExceeded } from './failures.ts';
import { defaultLimits } from './limits.ts';
import { parseMixerAddress, type Target } from './mixer-address.ts';

/**
 * The same over the stock `@grpc/grpc-js`: for those who want its ways, and to measure the other one against.
 *
 * @throws KraterError WIRE_BAD_ADDRESS
 */
export function openGrpcJsTransport(options: TransportOptions): Transport {
  return new GrpcJsTransport(options);
}

class GrpcJsTransport implements Transport {
  readonly kind = 'grpc-js';
  readonly #options: TransportOptions;
  readonly #client: Client;
  readonly #metadata = new Metadata();
  readonly #cancelConnect: () => void;
  readonly #calls = new Set<{ cancel(): void }>();
  readonly #watches = new Set<{ cancel(): void }>();
  readonly #sockets = new Set<Socket>();
  readonly #idle = Promise.withResolvers<void>();
  #isShut = false;
  #state: Transport['state'] = 'connecting';
  #why: CallFailure = connectionLost('the connection was closed', 'no');

  constructor(options: TransportOptions) {
    this.#options = options;
    const limits = { ...defaultLimits, ...options.limits };
    const address = parseMixerAddress(options.address);
    this.#client = new Client(
      targetOf(address),
      noticing(credentialsOf(options.tls), socket => this.#sockets.add(socket)),
      channelOptions(limits, options.tls),
    );
    this.#cancelConnect = options.ambient.after(limits.connect, () => {
      this.#lose(`no sign of HTTP/2 within ${limits.connect} ms`);
    });
    this.#client.getChannel().getConnectivityState(true);
    this.#follow();
  }

  get state(): Transport['state'] {
    return this.#state;
  }

  call(
    method: Exclude<Method, 'watch'>,
    request: Buffer,
    deadline: number,
    signal?: AbortSignal,
  ): Promise<CallResult> {
    if (this.#state === 'ended') return Promise.resolve({ failure: this.#why });
    if (signal?.aborted) return Promise.resolve({ failure: cancelled('no') });
    if (!(deadline > 0)) return Promise.resolve({ failure: deadlineExceeded(0, 'no') });
    return new Promise(resolve => {
      const end = (error: ServiceError | null, reply: Buffer | undefined) => {
        signal?.removeEventListener('abort', abort);
        this.#calls.delete(call);
        if (error === null && reply !== undefined) resolve({ reply });
        else resolve({ failure: this.#failureOf(error, deadline, signal) });
        if (this.#state === 'ended' && this.#calls.size === 0) this.#idle.resolve();
      };
      const call: ClientUnaryCall = this.#client.makeUnaryRequest(
        methods[method],
        same,
        same,
        request,
        this.#metadata,
        // The library compares it with the wall clock.
        { deadline: Date.now() + deadline },
        end,
      );
      this.#calls.add(call);
      const abort = () => call.cancel();
      signal?.addEventListener('abort', abort, { once: true });
    });
  }

  watch(
    request: Buffer,
    onMessage: (message: Buffer) => void,
    onEnd: (failure: CallFailure) => void,
  ): Disposable {
    if (this.#state === 'ended') {
      queueMicrotask(() => onEnd(this.#why));
      return { [Symbol.dispose]() {} };
    }
    const call = this.#client.makeServerStreamRequest(methods.watch, same, same, request, this.#metadata);
    const end = (failure: CallFailure) => {
      if (this.#watches.delete(call)) onEnd(failure);
    };
    this.#watches.add(call);
    call.on('data', (message: Buffer) => {
      if (this.#watches.has(call)) onMessage(message);
    });
    call.on('error', (error: ServiceError) => end(this.#failureOf(error, 0, undefined)));
    call.on('end', () => end(connectionLost('the server has ended the stream', 'perhaps')));
    return {
      [Symbol.dispose]: () => {
        if (this.#watches.delete(call)) call.cancel();
      },
    };
  }

  async close(timeout: number): Promise<void> {
    const isConnecting = this.#state === 'connecting';
    this.#end('the connection was closed by its owner');
    // A channel that is closed fails the calls that it has not sent yet, which is in a later turn than they were made.
    if (isConnecting) this.#shut();
    const cancel = this.#options.ambient.after(timeout, () => this.#cancelAll(), 'awaited');
    if (this.#calls.size > 0) await this.#idle.promise;
    cancel();
    this.#shut();
  }

  #cancelAll(): void {
    for (const call of this.#calls) call.cancel();
  }

  /** A channel connects again and again; a transport once. So the first state after the wanted one is its end. */
  #follow(): void {
    const channel = this.#client.getChannel();
    const current = channel.getConnectivityState(false);
    if (current === connectivityState.READY && this.#state === 'connecting') this.#opened();
    const isLost =
      current === connectivityState.TRANSIENT_FAILURE ||
      (this.#state === 'open' && current !== connectivityState.READY);
    if (isLost) this.#lose('the connection was lost, or never made');
    if (this.#state === 'ended') return;
    channel.watchConnectivityState(current, Infinity, () => {
      if (this.#state !== 'ended') this.#follow();
    });
  }

  #opened(): void {
    this.#cancelConnect();
    this.#sockets.clear();
    this.#state = 'open';
    this.#options.onOpen?.();
  }

  #end(why: string): void {
    if (this.#state === 'ended') return;
    this.#cancelConnect();
    this.#state = 'ended';
    this.#why = connectionLost(why, 'no');
    for (const call of this.#watches) call.cancel();
    this.#options.onEnded?.(this.#why);
  }

  #lose(why: string): void {
    this.#end(why);
    this.#shut();
  }

  /** Calls that were sent go on; the channel only makes no connections any more. */
  #shut(): void {
    if (this.#isShut) return;
    this.#isShut = true;
    this.#client.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  /** What the library says, and who said it, as far as its words tell. */
  #failureOf(error: ServiceError | null, deadline: number, signal: AbortSignal | undefined): CallFailure {
    if (error === null)
      return { code: 'INTERNAL', message: 'the answer has no message', seen: 'perhaps', by: 'connection' };
    const seen = this.#state === 'connecting' ? 'no' : 'perhaps';
    if (signal?.aborted) return cancelled(seen);
    const code = statusCodeByNumber(error.code);
    const isOurs =
      error.code === status.DEADLINE_EXCEEDED && error.details.startsWith('Deadline exceeded after');
    if (isOurs) return deadlineExceeded(deadline, seen);
    const isTooLarge =
      error.code === status.RESOURCE_EXHAUSTED && error.details.startsWith('Received message larger');
    const isLocal = ofConnections.test(error.details);
    return {
      code: code === undefined || code === 'OK' ? 'UNKNOWN' : code,
      message: error.details,
      seen,
      by: isTooLarge ? 'caller' : isLocal ? 'connection' : 'server',
    };
  }
}

/** How the library words failures that no server has told. */
const ofConnections =
  /^(Connection dropped|No connection established|No status information|Received RST_STREAM|Received HTTP status|Stream refused|Bandwidth exhausted|Call cancelled|Channel closed|Name resolution)/;

const same = (message: Buffer) => message;

function targetOf(address: Target): string {
  if (address.kind === 'unix') return `unix:${address.path}`;
  return address.host.includes(':') ? `ipv6:[${address.host}]:${address.port}` : `dns:${address.authority}`;
}

function credentialsOf(tls: TransportTls | undefined): ChannelCredentials {
  if (tls === undefined) return credentials.createInsecure();
  const bytes = (text: string | undefined) => (text === undefined ? null : Buffer.from(text));
  return credentials.createSsl(bytes(tls.ca), bytes(tls.key), bytes(tls.cert));
}

/**
 * Tells of each socket before it is used. The library does not close one on which no HTTP/2 comes up, so whoever tries a
 * silent server again and again would collect them.
 */
function noticing(given: ChannelCredentials, onSocket: (socket: Socket) => void): ChannelCredentials {
  const create = given._createSecureConnector.bind(given);
  given._createSecureConnector = (...parameters) => {
    const connector = create(...parameters);
    const connect = connector.connect.bind(connector);
    connector.connect = socket => {
      onSocket(socket);
      return connect(socket);
    };
    return connector;
  };
  return given;
}

function channelOptions(limits: TransportLimits, tls: TransportTls | undefined): ChannelOptions {
  return {
    'grpc.max_receive_message_length': limits.replyBytes,
    'grpc.keepalive_time_ms': limits.silence,
    'grpc.keepalive_timeout_ms': limits.pong,
    'grpc.keepalive_permit_without_calls': 1,
    // One transport, one connection, once; what is tried again is up to the pool.
    'grpc.enable_retries': 0,
    'grpc.use_local_subchannel_pool': 1,
    'grpc.service_config_disable_resolution': 1,
    'grpc.enable_http_proxy': 0,
    ...(tls?.serverName !== undefined && {
      'grpc.ssl_target_name_override': tls.serverName,
      'grpc.default_authority': tls.serverName,
    }),
  };
}
