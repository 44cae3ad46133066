import {
  type Metadata,
  ServerInterceptingCall,
  type ServerInterceptingCallInterface,
  type ServerInterceptor,
  status,
} from '@grpc/grpc-js';
import type { Ambient } from '@krater/mixer';

type Listener = Parameters<ServerInterceptingCallInterface['start']>[0];
type Status = Parameters<ServerInterceptingCallInterface['sendStatus']>[0];

/**
 * A call of which only the head has come, and the one who hears when the rest does. What every call does goes straight
 * to the library's own call: between them stands nothing that could hold it up.
 */
class ArrivingCall extends ServerInterceptingCall implements Listener {
  readonly path: string;
  readonly since: number;
  readonly #call: ServerInterceptingCallInterface;
  readonly #arriving: Set<ArrivingCall>;
  #listener: Listener | undefined;

  constructor(
    call: ServerInterceptingCallInterface,
    path: string,
    since: number,
    arriving: Set<ArrivingCall>,
  ) {
    super(call);
    this.#call = call;
    this.path = path;
    this.since = since;
    this.#arriving = arriving;
    arriving.add(this);
  }

  override start(listener: Listener): void {
    this.#listener = listener;
    this.#call.start(this);
  }

  override sendMetadata(metadata: Metadata): void {
    this.#call.sendMetadata(metadata);
  }

  override sendMessage(message: unknown, callback: () => void): void {
    this.#call.sendMessage(message, callback);
  }

  override sendStatus(sent: Status): void {
    this.#call.sendStatus(sent);
  }

  onReceiveMetadata(metadata: Metadata): void {
    this.#listener?.onReceiveMetadata(metadata);
  }

  onReceiveMessage(message: unknown): void {
    this.#listener?.onReceiveMessage(message);
  }

  onReceiveHalfClose(): void {
    this.#arriving.delete(this);
    this.#listener?.onReceiveHalfClose();
  }

  onCancel(): void {
    this.#arriving.delete(this);
    this.#listener?.onCancel();
  }
}

/** Ends calls whose message does not arrive in time: grpc-js itself waits until their connection is old. */
export class ArrivalLimit {
  readonly #timeout: number;
  readonly #ambient: Pick<Ambient, 'clock' | 'after'>;
  /** Oldest first. */
  readonly #arriving = new Set<ArrivingCall>();
  readonly #tooLate: (path: string) => void;
  #cancel: (() => void) | undefined;

  /** `tooLate` is told the path of each call that is ended. */
  constructor(timeout: number, ambient: Pick<Ambient, 'clock' | 'after'>, tooLate: (path: string) => void) {
    this.#tooLate = tooLate;
    this.#timeout = timeout;
    this.#ambient = ambient;
  }

  readonly interceptor: ServerInterceptor = ({ path }, call) => {
    this.#cancel ??= this.#look(this.#timeout);
    return new ArrivingCall(call, path, this.#ambient.clock.now(), this.#arriving);
  };

  close(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  /** Looks again when the oldest that is left then has had its time. */
  #look(wait: number): () => void {
    return this.#ambient.after(wait, () => {
      this.#cancel = undefined;
      const now = this.#ambient.clock.now();
      for (const arriving of this.#arriving) {
        const left = arriving.since + this.#timeout - now;
        if (left > 0) {
          this.#cancel = this.#look(left);
          return;
        }
        this.#arriving.delete(arriving);
        this.#tooLate(arriving.path);
        const details = `the request did not arrive in ${this.#timeout} ms`;
        arriving.sendStatus({ code: status.DEADLINE_EXCEEDED, details, metadata: null });
      }
    });
  }
}
