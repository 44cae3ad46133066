import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { watchFolder } from '@krater/documents';
import type { Log } from '@krater/mixer';
import type { Action } from '../command.ts';
import { readConfiguration } from '../configuration.ts';
import { cliError } from '../error.ts';
import { untilStopped } from '../serve/until-stopped.ts';
import { exit, type Terminal } from '../terminal.ts';
import { readScript } from '../workbench/request-script.ts';
import { Workbench } from '../workbench/workbench.ts';

interface Options {
  readonly config: string;
  readonly requests?: string;
  /** Milliseconds. */
  readonly every: number;
  readonly once?: boolean;
}

/**
 * `krater adapters dev [FILE]`: a Mixer for the author of an adapter. Sends it the requests of a script, round and
 * round, prints what the adapter receives and answers, and takes every save of its source or of the rules.
 */
export const adaptersDev: Action<Options> = async (terminal, [file = 'src/index.ts'], options) => {
  if (!existsSync(file)) {
    throw cliError('CLI_UNREADABLE_FILE', `there is no "${file}"`, {
      hint: 'name the source file of the adapter: krater adapters dev FILE',
    });
  }
  const script = options.requests ?? join(options.config, 'requests.jsonl');
  const stopped = options.once === true ? undefined : untilStopped();
  const bench = new Workbench({
    file,
    folder: options.config,
    tell: ({ text, ...event }) => terminal.tell(event, text),
    log: logTo(terminal),
  });
  const files = await readConfiguration(options.config);
  try {
    if (stopped === undefined) {
      await bench.load(files);
      for (const request of readScript(script)) await bench.send(request);
      return exit.fine;
    }
    // A mistake in the very first version is told like one in any later: the next save is awaited.
    let loading = Promise.resolve();
    const load = (now: typeof files) => {
      loading = loading.then(() => bench.load(now)).catch(error => terminal.fail(error));
      return loading;
    };
    const watching = watchFolder(options.config, load, {
      known: files,
      alsoWatch: () => bench.sources(),
      onError: error => terminal.fail(error),
    });
    // Looked at first and loaded then: no save falls between the two.
    await watching.ready;
    await load(files);
    const ending = new AbortController();
    const sending = sendForEver(bench, script, options.every, terminal, ending.signal);
    await stopped;
    ending.abort();
    watching.close();
    await sending;
    return exit.fine;
  } finally {
    await bench.close();
  }
};

/** The script is read again for every round, so it may be edited as the rules may. */
async function sendForEver(
  bench: Workbench,
  script: string,
  every: number,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<void> {
  let told: string | undefined;
  for (let turn = 0; !signal.aborted; turn++) {
    try {
      const requests = readScript(script);
      const request = requests[turn % requests.length];
      if (request !== undefined) await bench.send(request);
      told = undefined;
    } catch (error) {
      const { message } = error as Error;
      if (message !== told) terminal.fail(error);
      told = message;
    }
    await sleep(every, undefined, { signal }).catch(() => {});
  }
}

function logTo(terminal: Terminal): Log {
  const write =
    (level: keyof Log): Log['info'] =>
    (message, fields = {}) =>
      terminal.tell(
        { ...fields, event: 'log', level, message },
        `${level}: ${message} ${JSON.stringify(fields)}`,
      );
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
}
