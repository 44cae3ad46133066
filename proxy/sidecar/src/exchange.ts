import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Address, Service, Workload } from '@krater/config';
import type { Bag, Outcome } from '@krater/mixer';
import type { LocalReply } from './http/local-reply.ts';
import { sendLocalReply } from './http/local-reply.ts';
import type { RequestFields } from './http/request-fields.ts';
import type { Span } from './trace/span.ts';

/** Why a response is not what the upstream would have said; Envoy's response flags. `-`: nothing went wrong. */
export type ProxyErrorCode = '-' | 'DC' | 'NR' | 'UC' | 'UF' | 'UH' | 'UO' | 'DPE' | 'UPE';

/** Where a request goes. */
export interface Destination {
  readonly service: Service;
  readonly workload: Workload;
  readonly address: Address;
}

/** The connection that a request came in on. */
export interface Downstream {
  /** The listener drains: answers from now on are the last on their connection. */
  readonly listener: { readonly draining: boolean };
  readonly id: string;
  readonly ip: string;
  readonly port: number;
}

/**
 * One request on its way through the stack, and what became of it. Layers read what layers further out have set, and
 * write what they know; nothing else passes between them.
 */
export class Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly downstream: Downstream;
  /** Wall clock, milliseconds. */
  readonly startedAt: number;
  /** For a WebSocket handshake: what the client sent right behind it. */
  readonly upgradeHead: Buffer | undefined;
  /** The client waits for 100 before it sends the body. */
  readonly expectsContinue: boolean;

  /** Origin form; set by `admission`, as are the two below. */
  path = '';
  authority = '';
  fields!: RequestFields;
  /** Set by `identity`: the workload that calls, if that is proven. */
  peer: string | undefined;
  /** Set by `tracing`. */
  span!: Span;
  requestId = '';
  /** Set by `attributes`. */
  bag!: Bag;
  /** Set by `check`. */
  decision: Outcome | undefined;
  /** Set by `application` or `routing`. */
  destination: Destination | undefined;

  /** Status of the response, 0 until there is one. */
  code = 0;
  proxyErrorCode: ProxyErrorCode = '-';
  /** Field lines that leave with the response: name, value, name, value …. */
  responseHeaders: readonly string[] = [];
  /** Bytes of the bodies. */
  requestSize = 0;
  responseSize = 0;
  /** Fields of the sidecar's own that a header operation has replaced or removed. */
  surrendered: Set<string> | undefined;
  /** Bytes that went through a WebSocket after its handshake. */
  tunnel: { received: number; sent: number } | undefined;
  /** This answer is the last on its connection, because what follows on it cannot be told. */
  closing = false;

  #edits: ((headers: string[]) => string[])[] | undefined;
  #endings: (() => void)[] = [];
  #ended = false;

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    downstream: Downstream,
    startedAt: number,
    how: { upgradeHead?: Buffer; expectsContinue?: boolean } = {},
  ) {
    this.request = request;
    this.response = response;
    this.downstream = downstream;
    this.startedAt = startedAt;
    this.upgradeHead = how.upgradeHead;
    this.expectsContinue = how.expectsContinue === true;
  }

  /** The request has a body, or may have one. */
  get hasBody(): boolean {
    const length = this.fields.map['content-length'];
    return this.fields.transferEncodings > 0 || (length !== undefined && length !== '0');
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Changes the header fields of whatever response will be sent; the last to ask is the first to act. */
  editResponse(edit: (headers: string[]) => string[]): void {
    this.#edits ??= [];
    this.#edits.push(edit);
  }

  /** Called once, when the last byte is out or the client has gone; the last to ask is the first to hear. */
  whenEnded(callback: () => void): void {
    this.#endings.push(callback);
  }

  /** Everybody hears of it, even if somebody fails to take it; `failed` is told. */
  end(failed: (error: unknown) => void): void {
    if (this.#ended) return;
    this.#ended = true;
    for (let index = this.#endings.length - 1; index >= 0; index--) {
      try {
        this.#endings[index]?.();
      } catch (error) {
        failed(error);
      }
    }
  }

  /** Sends the head of the response. */
  respond(code: number, reason: string, headers: string[]): void {
    let edited = headers;
    if (this.#edits !== undefined)
      for (let index = this.#edits.length - 1; index >= 0; index--)
        edited = this.#edits[index]?.(edited) ?? edited;
    if (this.downstream.listener.draining) this.closing = true;
    if (this.closing) edited.push('Connection', 'close');
    this.code = code;
    this.responseHeaders = edited;
    this.response.writeHead(code, reason || STATUS_CODES[code] || '', edited);
  }

  /** Answers by the sidecar itself. */
  reply(reply: LocalReply): void {
    sendLocalReply(this, reply);
  }

  /** Ends the connection because the response cannot be completed. */
  breakOff(flag: ProxyErrorCode): void {
    this.proxyErrorCode = flag;
    this.response.destroy();
  }
}
