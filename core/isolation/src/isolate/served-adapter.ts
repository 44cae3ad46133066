import { decode } from '@krater/documents';
import type { AnyAdapter, CallContext, Log, Service } from '@krater/mixer';
import { createHandlerRuntime, type HandlerRuntime, type LoneHandler } from '@krater/mixer/hosting';
import { isolationError } from '../error.ts';
import type { Created, PassedSecrets, PassedService, Request } from '../protocol/message.ts';
import { paramsDocument } from '../protocol/params-document.ts';
import type { ServeOptions } from './serve.ts';

type Asked<What extends Request['do']> = Extract<Request, { do: What }>;

interface Surroundings {
  readonly log: Log;
  readonly changed: (handler: string) => void;
  readonly loadServices: ServeOptions['loadServices'];
}

/** An adapter and the handlers that were created of it in this isolate. */
export class ServedAdapter {
  readonly #adapter: AnyAdapter;
  readonly #loadServices: ServeOptions['loadServices'];
  readonly #handlers = new Map<number, LoneHandler>();
  readonly runtime: HandlerRuntime;

  constructor(adapter: AnyAdapter, { log, changed, loadServices }: Surroundings) {
    this.#adapter = adapter;
    this.#loadServices = loadServices;
    this.runtime = createHandlerRuntime({ log, changed });
  }

  get name(): string {
    return this.#adapter.name;
  }

  /** Params are decoded again, so functions, sets and secrets come into being here. */
  async create(asked: Asked<'create'>): Promise<Created> {
    const { handler, name, params, file, secrets, instances } = asked;
    const decoded = decode(this.#adapter.config, paramsDocument(params, file), [], params ?? {}, {
      secrets: sourceOf(secrets),
    });
    if (!decoded.ok) throw new Error(`params: ${decoded.problems.map(({ message }) => message).join('; ')}`);
    const services = new Map<string, Service>();
    for (const service of asked.services) services.set(service.need, await this.#import(service));
    const live = await this.runtime.create(name, this.#adapter, decoded.value, instances, services);
    this.#handlers.set(handler, live);
    return { explains: [...live.explains.keys()] };
  }

  async #import({ need, module }: PassedService): Promise<Service> {
    const offered = await this.#loadServices?.(module);
    const service = offered?.find(({ token }) => token === this.#adapter.needs[need]);
    if (service !== undefined) return service;
    throw isolationError('ISOLATE_SERVICE', `its service "${need}" is not to be had where it runs`);
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
