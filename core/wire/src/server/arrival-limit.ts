import {
  ServerInterceptingCall,
  type ServerInterceptingCallInterface,
  type ServerInterceptor,
  status,
} from '@grpc/grpc-js';
import type { Ambient } from '@krater/mixer';

/** A call of which only the head has come. */
interface Arriving {
  readonly path: string;
  readonly call: ServerInterceptingCallInterface;
  readonly since: number;
}

/** Ends calls whose message does not arrive in time: grpc-js itself waits until their connection is old. */
export class ArrivalLimit {
  readonly #timeout: number;
  readonly #ambient: Pick<Ambient, 'clock' | 'after'>;
  /** Oldest first. */
  readonly #arriving = new Set<Arriving>();
  readonly #tooLate: (path: string) => void;
  #cancel: (() => void) | undefined;

  /** `tooLate` is told the path of each call that is ended. */
  constructor(timeout: number, ambient: Pick<Ambient, 'clock' | 'after'>, tooLate: (path: string) => void) {
    this.#tooLate = tooLate;
    this.#timeout = timeout;
    this.#ambient = ambient;
  }

  readonly interceptor: ServerInterceptor = ({ path }, call) =>
    new ServerInterceptingCall(call, {
      start: next => {
        const arriving = { path, call, since: this.#ambient.clock.now() };
        this.#arriving.add(arriving);
        this.#cancel ??= this.#look(this.#timeout);
        next({
          onReceiveHalfClose: proceed => {
            this.#arriving.delete(arriving);
            proceed();
          },
          onCancel: () => void this.#arriving.delete(arriving),
        });
      },
    });

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
        arriving.call.sendStatus({ code: status.DEADLINE_EXCEEDED, details, metadata: null });
      }
    });
  }
}
