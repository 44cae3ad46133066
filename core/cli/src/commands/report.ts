import { randomUUID } from 'node:crypto';
import { standardVocabulary } from '@krater/mixer';
import { ReportBatch } from '@krater/wire';
import { type CallFlags, connectTo } from '../call/connection.ts';
import { formatLoad, type LoadFlags, runLoad } from '../call/load.ts';
import type { Action } from '../command.ts';
import { readVocabulary } from '../configuration.ts';
import { type AttributeOptions, requestBag } from '../request-attributes.ts';
import { exit } from '../terminal.ts';

interface Options extends AttributeOptions, CallFlags, LoadFlags {
  readonly config?: string;
  readonly batch: number;
}

/** `krater report ADDRESS -a …`: tells a running Mixer of a finished request, as a proxy would. */
export const report: Action<Options> = async (terminal, [address = ''], options) => {
  const vocabulary = options.config === undefined ? standardVocabulary : await readVocabulary(options.config);
  const bag = requestBag(vocabulary, options);
  const connection = connectTo(address, options);
  const tell = async (): Promise<string> => {
    const batch = new ReportBatch();
    for (let record = 0; record < options.batch; record++) batch.add(bag);
    const request = batch.finish({
      client: connection.client,
      batchId: randomUUID(),
      losses: { records: 0 },
    });
    await connection.call('report', request);
    return 'OK';
  };
  try {
    if (options.repeat > 1) {
      const summary = await runLoad(options, terminal, tell);
      terminal.tell({ ...summary, transport: connection.transport.kind }, formatLoad(summary));
      return summary.outcomes['OK'] === summary.calls ? exit.fine : exit.no;
    }
    const began = performance.now();
    await tell();
    const took = performance.now() - began;
    const { kind } = connection.transport;
    const records = `${options.batch} record${options.batch === 1 ? '' : 's'}`;
    terminal.tell(
      { reported: options.batch, transport: kind, took },
      `reported ${records} in ${took.toFixed(2)} ms over ${kind}`,
    );
    return exit.fine;
  } finally {
    await connection.close();
  }
};
