import { parseDuration } from '@krater/documents';
import { Command, InvalidArgumentError, Option } from 'commander';
import { type ExitCode, exit, type Format, formats, Terminal } from './terminal.ts';

/** What a command's module exports: heavy imports happen only when the command runs. */
export type Action<O> = (
  terminal: Terminal,
  args: readonly (string | undefined)[],
  options: O,
) => Promise<ExitCode>;

/**
 * Declares a command. Every one takes `--format`, ends with an exit code, and prints a coded error in one way.
 *
 * @example defineCommand('validate', 'print every problem', async () => (await import('./commands/validate.ts')).validate).argument('<dir>')
 */
export function defineCommand<O extends object>(
  name: string,
  summary: string,
  load: () => Promise<Action<O>>,
): Command {
  const command = new Command(name).description(summary).showHelpAfterError(false);
  return command
    .addOption(new Option('--format <format>', 'how to print').choices(formats).default('text'))
    .action(async () => {
      const options = command.opts<O & { format: Format }>();
      const terminal = new Terminal(options.format);
      try {
        const action = await load();
        const args = command.processedArgs.flat() as (string | undefined)[];
        process.exitCode = await action(terminal, args, options);
      } catch (error) {
        terminal.fail(error);
        process.exitCode = wrongUse.has((error as { code?: unknown }).code) ? exit.wrongUse : exit.no;
      }
    });
}

/** Errors that say the command line was wrong, as opposed to "the answer is no". */
const wrongUse = new Set<unknown>([
  'CLI_BAD_ATTRIBUTE',
  'CLI_BAD_ADDRESS',
  'CLI_EMPTY_FOLDER',
  'CLI_TOKEN_NEEDED',
  'CLI_UNREADABLE_FILE',
  'CLI_WRONG_USE',
  'FILE_NOT_FOUND',
]);

/** Reads a port: 0 lets the system choose. */
export function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65535)
    throw new InvalidArgumentError('a port is a number from 0 to 65535.');
  return port;
}

/** Reads a duration of 10 ms or more, as milliseconds. */
export function parseEvery(text: string): number {
  const milliseconds = parseDuration(text);
  if (milliseconds === undefined || milliseconds < 10)
    throw new InvalidArgumentError('a duration is a number with a unit, such as 500ms or 2s.');
  return milliseconds;
}

/** Collects a repeatable option. */
export const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];
