import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { KraterError } from '@krater/mixer';
import { levels } from '@krater/mixer/telemetry';
import type { Logger, transport as Transport } from 'winston';
import type { Code } from './codes.ts';
import type { SinkConfig } from './config.ts';
import type { Batch, Outlet } from './sink.ts';

/** Records in the form that winston hands to its transports. */
export type Infos = { readonly [key: string | symbol]: unknown }[];

/** A winston transport. What its callback takes is acknowledged, what it answers with an error is lost: it retries by itself. */
export class TransportOutlet implements Outlet<Infos> {
  readonly #logger: Logger;
  readonly #transport: Transport;

  constructor(logger: Logger, transport: Transport) {
    this.#logger = logger;
    this.#transport = transport;
    // Each write's callback tells of errors; unheard, the event would end the process.
    logger.on('error', () => {});
  }

  async write({ payload, account, ...batch }: Batch<Infos>): Promise<void> {
    for (const info of payload) {
      // A stream that has failed for good would take the write and never call back.
      const error =
        this.#transport.errored ??
        (await new Promise<unknown>(resolve => this.#transport.write(info, resolve)));
      batch.records--;
      if (error === undefined || error === null) account.acknowledge(1);
      else account.lose(1);
    }
  }

  close(): void {
    this.#logger.close();
  }
}

/** Imports and constructs a transport; a throw is LOGGING_BAD_TRANSPORT. */
export async function openTransport(
  config: Extract<SinkConfig, { kind: 'transport' }>,
): Promise<TransportOutlet> {
  const { default: winston } = await import('winston');
  const name = `transport "${config.module}"`;
  const refuse = (message: string, hint: string, cause?: unknown): never => {
    const code: Code = 'LOGGING_BAD_TRANSPORT';
    throw new KraterError(code, `${name} ${message}`, { hint, cause, path: ['sink'] });
  };
  const exported = await importNear(config.module).catch(error =>
    refuse(
      `cannot be imported: ${String((error as Error).message).split('\n', 1)[0]}`,
      `npm install ${config.module}`,
      error,
    ),
  );
  const found = config.export
    .split('.')
    .reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], exported);
  if (typeof found !== 'function') {
    refuse(
      `exports no class "${config.export}"`,
      `set sink.export to one of: ${Object.keys(exported).join(', ')}`,
    );
  }
  const secrets = Object.fromEntries(
    Object.entries(config.secrets).map(([key, secret]) => [key, secret.reveal()]),
  );
  const transport = (() => {
    try {
      return new (found as new (options: object) => Transport)({ ...config.options, ...secrets });
    } catch (error) {
      return refuse(
        `cannot be constructed: ${error instanceof Error ? error.message : error}`,
        'correct sink.options',
        error,
      );
    }
  })();
  if (typeof transport?.write !== 'function' || typeof transport.log !== 'function')
    refuse(`"${config.export}" makes no transport`, 'set sink.export to the class of a transport');
  const severest = Object.fromEntries(levels.toReversed().map((level, index) => [level, index]));
  return new TransportOutlet(
    winston.createLogger({ levels: severest, level: 'debug', transports: [transport] }),
    transport,
  );
}

/** A package that is installed beside this one or in the folder that Krater runs in; or a file, from that folder. */
async function importNear(module: string): Promise<Record<string, unknown>> {
  const here = createRequire(resolve('krater.js'));
  if (!module.startsWith('.')) {
    try {
      return await import(module);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    }
  }
  return import(pathToFileURL(here.resolve(module)).href);
}
