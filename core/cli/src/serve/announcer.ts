import type { Log, Reload } from '@krater/mixer';
import { formatTable } from '../table.ts';
import type { Terminal } from '../terminal.ts';
import type { ProcessObserver } from '../up/supervised-process.ts';
import type { ListeningAt } from './listen.ts';

/** One line of `--format json`. */
export interface Event {
  readonly event: string;
  readonly [field: string]: unknown;
}

/** Everything that a running krater says, each fact as one event line of JSON or as text. */
export interface Announcer extends ProcessObserver {
  readonly log: Log;
  /** The table of what listens where, once all is up. */
  listening(addresses: readonly ListeningAt[]): void;
  /** One thing that began to listen, or stopped, after a reload. */
  started(address: ListeningAt): void;
  stopped(address: ListeningAt): void;
  /** Something that went wrong and ends nothing. */
  failed(error: unknown): void;
  reloaded(files: readonly string[], reload: Reload): void;
  say(event: Event, text: string): void;
}

/** Events of the log that have lines of their own: what listens once all of it does, and refused reloads. */
const toldApart: ReadonlySet<unknown> = new Set(['listening', 'refused']);

export function createAnnouncer(terminal: Terminal): Announcer {
  const say = (event: Event, text: string) => terminal.tell(event, text);
  const listens = ({ what, address }: ListeningAt): Event => ({ event: 'listening', what, address });
  const write =
    (level: keyof Log): Log['info'] =>
    (message, fields = {}) => {
      if (toldApart.has(fields['event'])) return;
      say({ ...fields, event: 'log', level, message }, formatLog(level, message, fields));
    };

  return {
    say,
    log: { debug() {}, info: write('info'), warn: write('warn'), error: write('error') },

    listening(addresses) {
      if (terminal.json) for (const address of addresses) say(listens(address), '');
      else {
        const rows = addresses.map(({ what, address }) => [what, address]);
        terminal.tell({}, `\n${formatTable(rows, '  ')}\n`);
      }
    },
    started: at => say(listens(at), `${at.what} listens on ${at.address}`),
    stopped: at => say({ ...listens(at), event: 'closed' }, `${at.what} no longer listens on ${at.address}`),
    failed: error => terminal.fail(error),

    reloaded(files, reload) {
      const { problems, ...facts } = reload;
      const event = { event: 'reload', files, ...facts, problems: problems.length };
      say(event, formatReload(files, reload));
      terminal.problems(problems);
    },

    output: (workload, line) => say({ event: 'output', workload, line }, `${workload} | ${line}`),
    exited(workload, reason, restartIn) {
      const text = `${workload} ended (${reason}), starts again in ${restartIn / 1000} s`;
      say({ event: 'exited', workload, reason, restartIn }, text);
    },
  };
}

function formatLog(level: string, message: string, fields: Readonly<Record<string, unknown>>): string {
  const rest = Object.entries(fields).map(
    ([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  return [`${level}:`, message, ...rest].join(' ');
}

function formatReload(files: readonly string[], reload: Reload): string {
  const { accepted, generation, hash, created, carriedOver, closed } = reload;
  const changed = files.length === 0 ? 'a secret' : files.join(', ');
  if (!accepted) return `reload refused: ${changed}; generation ${generation} goes on`;
  const parts = [
    ['created', created.filter(name => !closed.includes(name))],
    ['replaced', created.filter(name => closed.includes(name))],
    ['closed', closed.filter(name => !created.includes(name))],
    ['carried over', carriedOver],
  ] as const;
  const told = parts.flatMap(([verb, names]) => (names.length === 0 ? [] : [`${verb} ${names.join(', ')}`]));
  return `reload: ${changed}; generation ${generation} (${hash}): ${told.join('; ') || 'no handlers'}`;
}
