import { randomUUID } from 'node:crypto';
import { standardVocabulary } from '@krater/mixer';
import {
  type AskedQuotas,
  type CheckReply,
  decodeCheckReply,
  encodeCheckRequest,
  globalWords,
} from '@krater/wire';
import { type CallFacts, formatReply } from '../call/check-reply.ts';
import { type CallFlags, connectTo } from '../call/connection.ts';
import { formatLoad, type LoadFlags, runLoad } from '../call/load.ts';
import type { Action } from '../command.ts';
import { readVocabulary } from '../configuration.ts';
import { cliError } from '../error.ts';
import { type AttributeOptions, requestBag } from '../request-attributes.ts';
import { exit } from '../terminal.ts';

interface Options extends AttributeOptions, CallFlags, LoadFlags {
  readonly quota: readonly string[];
  readonly bestEffort?: boolean;
  readonly config?: string;
  readonly verbose?: boolean;
}

/** `krater check ADDRESS -a …`: asks a running Mixer, as a proxy would, and shows all of its answer. */
export const check: Action<Options> = async (terminal, [address = ''], options) => {
  const vocabulary = options.config === undefined ? standardVocabulary : await readVocabulary(options.config);
  const bag = requestBag(vocabulary, options);
  const quotas = readQuotas(options);
  const connection = connectTo(address, options);
  const ask = async (): Promise<{ readonly reply: CheckReply; readonly facts: CallFacts }> => {
    const request = encodeCheckRequest({
      bag,
      quotas,
      dedupId: randomUUID(),
      globalWords: globalWords.length,
      client: connection.client,
      leases: [],
      refill: false,
    });
    const began = performance.now();
    const answer = await connection.call('check', request);
    const took = performance.now() - began;
    const facts = {
      transport: connection.transport.kind,
      took,
      sent: request.length,
      received: answer.length,
    };
    return { reply: decodeCheckReply(answer), facts };
  };
  try {
    if (options.repeat > 1) {
      const summary = await runLoad(options, terminal, async () => (await ask()).reply.status.code);
      terminal.tell({ ...summary, transport: connection.transport.kind }, formatLoad(summary));
      return summary.outcomes['OK'] === summary.calls ? exit.fine : exit.no;
    }
    const { reply, facts } = await ask();
    terminal.tell({ ...reply, ...facts }, formatReply(reply, quotas, facts, options.verbose === true));
    return isGranted(reply, quotas) ? exit.fine : exit.no;
  } finally {
    await connection.close();
  }
};

/** `krater quota ADDRESS -q NAME=AMOUNT`: the same, where it is the quotas that somebody wants to know of. */
export const quota: Action<Options> = async (terminal, args, options) => {
  if (options.quota.length > 0) return check(terminal, args, options);
  throw cliError('CLI_WRONG_USE', 'no quota is asked for', { hint: 'name one: -q requests=1' });
};

/** The request may go on, and so may what its quotas were asked for. */
function isGranted({ status, quotas }: CheckReply, asked: AskedQuotas): boolean {
  return status.code === 'OK' && Object.keys(asked).every(name => quotas[name]?.status.code === 'OK');
}

function readQuotas({ quota: given, bestEffort = false }: Options): AskedQuotas {
  return Object.fromEntries(
    given.map(text => {
      const [, name, amount = '1'] = /^([^=]+)(?:=(\d{1,15}))?$/.exec(text) ?? [];
      if (name === undefined)
        throw cliError('CLI_WRONG_USE', `"${text}" is not NAME=AMOUNT`, {
          hint: 'write it like -q requests=5',
        });
      return [name, { amount: Number(amount), bestEffort }] as const;
    }),
  );
}
