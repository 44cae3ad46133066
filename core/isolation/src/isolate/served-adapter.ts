import { decode } from '@krater/documents';
import type { AnyAdapter, CallContext, Log } from '@krater/mixer';
import { createHandlerRuntime, type HandlerRuntime, type LoneHandler } from '@krater/mixer/hosting';
import type { Created, PassedSecrets, Request } from '../protocol/message.ts';
import { paramsDocument } from '../protocol/params-document.ts';

type Asked<What extends Request['do']> = Extract<Request, { do: What }>;

/** An adapter and the handlers that were created of it in this isolate. */
export class ServedAdapter {
  readonly #adapter: AnyAdapter;
  readonly #handlers = new Map<number, LoneHandler>();
  readonly runtime: HandlerRuntime;

  constructor(adapter: AnyAdapter, log: Log, changed: (handler: string) => void) {
    this.#adapter = adapter;
    this.runtime = createHandlerRuntime({ log, changed });
  }

  get name(): string {
    return this.#adapter.name;
  }

  /** Params are decoded again, so functions, sets and secrets come into being here. */
  async create({ handler, name, params, file, secrets, instances }: Asked<'create'>): Promise<Created> {
    const decoded = decode(this.#adapter.config, paramsDocument(params, file), [], params ?? {}, {
      secrets: sourceOf(secrets),
    });
    if (!decoded.ok) throw new Error(`params: ${decoded.problems.map(({ message }) => message).join('; ')}`);
    const live = await this.runtime.create(name, this.#adapter, decoded.value, instances);
    this.#handlers.set(handler, live);
    return { explains: [...live.explains.keys()] };
  }

  async ask(
    { do: what, handler, template, args }: Asked<'handle' | 'explain'>,
    context: CallContext,
  ): Promise<unknown> {
    const live = this.#handlers.get(handler);
    const handle = (what === 'handle' ? live?.handles : live?.explains)?.get(template);
    if (handle === undefined) throw new Error(`there is no handler ${handler} for template "${template}"`);
    return await handle(...args, context);
  }

  async close({ handler }: Asked<'close'>): Promise<void> {
    const live = this.#handlers.get(handler);
    this.#handlers.delete(handler);
    await live?.close();
  }

  async end(): Promise<void> {
    for (const handler of [...this.#handlers.keys()].reverse()) await this.close({ do: 'close', handler });
    await this.runtime.close();
  }
}

function sourceOf({ env, file }: PassedSecrets) {
  const from = (values: { readonly [name: string]: string }) => (name: string) =>
    Object.hasOwn(values, name) ? values[name] : undefined;
  return { env: from(env), file: from(file) };
}
