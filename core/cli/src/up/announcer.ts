import type { Log, Reload } from '@krater/mixer';
import { formatTable } from '../table.ts';
import type { Terminal } from '../terminal.ts';
import type { ListeningAt } from './status.ts';
import type { WorkloadObserver } from './workload-process.ts';

/** Everything that a running krater says, each fact as one event line of JSON or as text. */
export interface Announcer extends WorkloadObserver {
  readonly log: Log;
  /** The table of what listens where, once all is up. */
  listening(addresses: readonly ListeningAt[]): void;
  /** One thing that began to listen, or stopped, after a reload. */
  started(address: ListeningAt): void;
  stopped(address: ListeningAt): void;
  /** Something that went wrong and ends nothing. */
  failed(error: unknown): void;
  reloaded(files: readonly string[], reload: Reload): void;
  say(event: { readonly event: string }, text: string): void;
}

export function createAnnouncer(terminal: Terminal): Announcer {
  const say = (event: { readonly event: string }, text: string) => terminal.tell(event, text);
  const write =
    (level: keyof Log): Log['info'] =>
    (message, fields = {}) => {
      // What listens is told by the table, once all of it does.
      if (fields['event'] === 'listening') return;
      const rest = Object.entries(fields).map(
        ([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
      );
      say(
        { event: 'log', level, message, ...fields } as { event: string },
        [`${level}:`, message, ...rest].join(' '),
      );
    };

  return {
    say,
    log: { debug() {}, info: write('info'), warn: write('warn'), error: write('error') },

    listening(addresses) {
      if (terminal.json)
        for (const { what, address } of addresses) say(listeningEvent({ what, address }), '');
      else
        terminal.tell(
          {},
          `\n${formatTable(
            addresses.map(({ what, address }) => [what, address]),
            '  ',
          )}\n`,
        );
    },
    started: at => say(listeningEvent(at), `${at.what} listens on ${at.address}`),
    stopped: ({ what, address }) =>
      say({ event: 'closed', what, address } as { event: string }, `${what} no longer listens on ${address}`),
    failed: error => terminal.fail(error),

    reloaded(files, reload) {
      const { problems, ...facts } = reload;
      say(
        { event: 'reload', files, ...facts, problems: problems.length } as { event: string },
        describeReload(files, reload),
      );
      terminal.problems(problems);
    },

    output: (name, line) =>
      say({ event: 'output', workload: name, line } as { event: string }, `${name} | ${line}`),
    exited(name, reason, restartIn) {
      const event = { event: 'exited', workload: name, reason, restartIn };
      say(event, `${name} ended (${reason}), starts again in ${restartIn / 1000} s`);
    },
  };
}

function listeningEvent({ what, address }: ListeningAt) {
  return { event: 'listening', what, address };
}

function describeReload(files: readonly string[], reload: Reload): string {
  const { accepted, generation, hash, created, carriedOver, closed } = reload;
  const changed = files.length === 0 ? 'configuration' : files.join(', ');
  if (!accepted) return `reload refused: ${changed}; generation ${generation} goes on`;
  const parts = [
    ['created', created.filter(name => !closed.includes(name))],
    ['replaced', created.filter(name => closed.includes(name))],
    ['closed', closed.filter(name => !created.includes(name))],
    ['carried over', carriedOver],
  ] as const;
  const told = parts.flatMap(([verb, names]) => (names.length === 0 ? [] : [`${verb} ${names.join(', ')}`]));
  return `reload: ${changed}; generation ${generation} (${hash.slice(0, 12)}): ${told.join('; ') || 'no handlers'}`;
}
