import { KraterError } from '@krater/documents';
import { type AdapterModule, type AnyAdapter, type Service, systemClock } from '@krater/mixer';
import { isolationError } from '../error.ts';
import {
  decodeMessage,
  encodeMessage,
  type FromIsolate,
  protocolVersion,
  type Request,
  type ToIsolate,
  type Welcome,
} from '../protocol/message.ts';
import { packError } from '../protocol/packed-error.ts';
import { IsolatedCall } from './isolated-call.ts';
import { Outbox } from './outbox.ts';
import { ServedAdapter } from './served-adapter.ts';

export interface ServeOptions {
  readonly send: (text: string) => void;
  /** Imports the adapter, once somebody says hello. */
  readonly load: () => Promise<AnyAdapter>;
  /** Imports what offers services of the operator's own; left out where whoever asks is not to say what is imported. */
  readonly loadServices?: (module: AdapterModule) => Promise<readonly Service[]>;
  readonly after: (milliseconds: number, run: () => void) => void;
  /** Bytes that this isolate uses, where only it can tell. */
  readonly memory?: () => number;
}

/** The isolate's end of the protocol on one connection. */
export interface Serving {
  receive(text: string): void;
  /** Closes the handlers: the connection has ended. */
  end(): Promise<void>;
}

/** Serves one adapter to one host: answers each request once, and tells what its handlers log, count and change. */
export function serve({ send, load, loadServices, after, memory }: ServeOptions): Serving {
  const calls = new Map<number, IsolatedCall>();
  let served: ServedAdapter | undefined;
  const tell = (message: FromIsolate) => send(encodeMessage(message));
  const outbox = new Outbox(tell, () => served?.runtime.series() ?? [], after);

  async function answer(request: { readonly n: number } & Request): Promise<unknown> {
    if (request.do === 'ping') return memory === undefined ? {} : { memory: memory() };
    if (request.do === 'hello') return welcome(request);
    if (served === undefined) throw isolationError('ISOLATE_PROTOCOL', 'the first request must be hello');
    switch (request.do) {
      case 'create':
        return served.create(request);
      case 'close':
        await served.close(request);
        return outbox.flush();
      default: {
        const call = new IsolatedCall(systemClock.now(), request.left);
        calls.set(request.n, call);
        return served.ask(request, call);
      }
    }
  }

  async function welcome({ version, adapter }: Extract<Request, { do: 'hello' }>): Promise<Welcome> {
    if (version !== protocolVersion)
      throw isolationError(
        'ISOLATE_PROTOCOL',
        `the host speaks version ${version} of the protocol, and this isolate ${protocolVersion}`,
        { hint: 'run the same version of Krater on both sides' },
      );
    const loaded = await load();
    if (loaded.name !== adapter)
      throw isolationError(
        'ISOLATE_OTHER_ADAPTER',
        `adapter "${loaded.name}" is served here, and not "${adapter}"`,
      );
    served = new ServedAdapter(loaded, {
      log: outbox.log,
      changed: handler => outbox.changed(handler),
      loadServices,
    });
    return { version, adapter: served.name };
  }

  function reply(n: number, build: () => FromIsolate): void {
    calls.delete(n);
    outbox.flushChanges();
    try {
      tell(build());
    } catch (error) {
      // An answer that is no data, such as one that contains itself.
      tell({ n, error: packError(error) });
    }
    outbox.plan();
  }

  return {
    receive(text) {
      const message = decodeMessage<ToIsolate>(text);
      if ('noted' in message) outbox.noted();
      else if ('cancel' in message)
        calls.get(message.cancel)?.cancel(new KraterError(message.code, message.message));
      else {
        const { n } = message;
        answer(message).then(
          value => reply(n, () => ({ n, value })),
          error => reply(n, () => ({ n, error: packError(error) })),
        );
      }
    },
    end: async () => served?.end(),
  };
}
