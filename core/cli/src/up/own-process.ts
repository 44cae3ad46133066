import { fileURLToPath } from 'node:url';
import type { Announcer } from '../serve/announcer.ts';
import type { Terminal } from '../terminal.ts';
import type { Guardian } from './guardian.ts';
import {
  type Channel,
  type ProcessObserver,
  type SupervisedProcess,
  superviseProcess,
} from './supervised-process.ts';

const program = fileURLToPath(new URL('../../bin/krater.js', import.meta.url));

/** Milliseconds before one of our own programs is first started again: it was killed, or its machine was short. */
const firstDelay = 50;

/** Runs `krater ARGS` as a process of its own and keeps it running. */
export function superviseOwn(
  what: {
    readonly name: string;
    readonly args: readonly string[];
    /** Where it can be seen to listen. */
    readonly port: number;
    readonly env?: { readonly [name: string]: string };
    readonly channel?: Channel;
  },
  { terminal, announcer, guardian }: { terminal: Terminal; announcer: Announcer; guardian: Guardian },
): SupervisedProcess {
  const { name, args, port, env = {}, channel } = what;
  return superviseProcess(
    {
      name,
      command: [process.execPath, program, ...args, '--format', terminal.format],
      folder: process.cwd(),
      port,
      env,
      firstDelay,
      ...(channel !== undefined && { channel }),
    },
    terminal.json ? eventsOf(name, announcer) : announcer,
    guardian,
  );
}

/** The deadline of checks as a flag of our own programs. */
export function deadlineFlag(milliseconds: number | undefined): readonly string[] {
  return milliseconds === undefined ? [] : ['--check-deadline', `${milliseconds}ms`];
}

/** What our own programs print as JSON is an event of theirs, and stays one. */
function eventsOf(process: string, announcer: Announcer): ProcessObserver {
  return {
    exited: announcer.exited,
    output(name, line) {
      const event = parseEvent(line);
      if (event === undefined) announcer.output(name, line);
      else announcer.say({ event: 'output', ...event, process }, line);
    },
  };
}

function parseEvent(line: string): object | undefined {
  try {
    const event: unknown = JSON.parse(line);
    return typeof event === 'object' && event !== null ? event : undefined;
  } catch {
    return undefined;
  }
}
