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
  'CLI_UNKNOWN_SERVICE',
  'CLI_UNREADABLE_FILE',
  'CLI_WRONG_USE',
  'FILE_NOT_FOUND',
  'WIRE_BAD_ADDRESS',
  'WIRE_NAMESPACE_NEEDED',
]);

/** Reads a port: 0 lets the system choose. */
export function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65535)
    throw new InvalidArgumentError('a port is a number from 0 to 65535.');
  return port;
}

/** Reads how often something is done. */
export function parseCount(text: string): number {
  const count = Number(text);
  if (!/^\d+$/.test(text) || count < 1 || count > 10_000_000)
    throw new InvalidArgumentError('a count is a whole number from 1 to 10000000.');
  return count;
}

/** Reads a duration such as `500ms`; in milliseconds. */
export function parseTime(text: string): number {
  const time = parseDuration(text);
  if (time === undefined || time <= 0)
    throw new InvalidArgumentError('a duration is written like 500ms or 2s.');
  return time;
}

/** Collects a repeatable option. */
export const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];
