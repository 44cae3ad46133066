import { isolationError } from '../error.ts';
import {
  decodeMessage,
  encodeMessage,
  type FromIsolate,
  type Request,
  type ToIsolate,
} from '../protocol/message.ts';
import { unpackError } from '../protocol/packed-error.ts';

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (reason: unknown) => void;
  abandoned: boolean;
}

/** What an isolate tells by itself. */
export type Notice = Extract<FromIsolate, { changed: unknown } | { logs: unknown }>;

/** The host's end of the protocol: which requests are unanswered, on one connection to one isolate. */
export class Link {
  readonly #send: (text: string) => void;
  readonly #notice: (notice: Notice) => void;
  readonly #pending = new Map<number, Pending>();
  #next = 1;
  #abandoned = 0;
  #ended: Error | undefined;

  constructor(send: (text: string) => void, notice: (notice: Notice) => void) {
    this.#send = send;
    this.#notice = notice;
  }

  /** Resolves with the answer, also one that comes after `signal` has told the isolate that nobody waits for it. */
  request(request: Request, signal?: AbortSignal): Promise<unknown> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    const n = this.#next++;
    return new Promise((resolve, reject) => {
      const pending: Pending = { resolve, reject, abandoned: false };
      this.#tell({ n, ...request });
      this.#pending.set(n, pending);
      signal?.addEventListener('abort', () => this.#abandon(n, signal.reason), { once: true });
    });
  }

  #abandon(n: number, reason: { readonly code?: string; readonly message?: string } | undefined): void {
    const pending = this.#pending.get(n);
    if (pending === undefined || pending.abandoned) return;
    pending.abandoned = true;
    this.#abandoned++;
    const { code = 'CHECK_DECIDED', message = 'nobody waits any more' } = reason ?? {};
    this.#tell({ cancel: n, code, message });
  }

  #tell(message: ToIsolate): void {
    this.#send(encodeMessage(message));
  }

  receive(text: string): void {
    if (this.#ended !== undefined) return;
    const message = decodeMessage<FromIsolate>(text);
    if ('n' in message) this.#settle(message);
    else {
      this.#notice(message);
      if ('logs' in message) this.#tell({ noted: true });
    }
  }

  #settle(answer: Extract<FromIsolate, { n: number }>): void {
    const pending = this.#pending.get(answer.n);
    if (pending === undefined) return;
    this.#pending.delete(answer.n);
    if (pending.abandoned) this.#abandoned--;
    if ('error' in answer) pending.reject(unpackError(answer.error));
    else pending.resolve(answer.value);
  }

  /** Calls that nobody waits for any more and that the isolate has not ended either. */
  get abandoned(): number {
    return this.#abandoned;
  }

  /** Fails whatever is unanswered: nothing will come any more. */
  end(reason: string): void {
    if (this.#ended !== undefined) return;
    this.#ended = isolationError('HANDLER_ISOLATE_ENDED', reason);
    for (const { reject } of this.#pending.values()) reject(this.#ended);
    this.#pending.clear();
  }
}
