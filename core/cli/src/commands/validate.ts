import type { Action } from '../command.ts';
import { checkFolder } from '../configuration.ts';
import { exit } from '../terminal.ts';

interface Options {
  readonly strict?: boolean;
}

/** `krater validate DIR`: every problem with its place; nothing is created or started. */
export const validate: Action<Options> = async (terminal, [dir = '.'], { strict = false }) => {
  const { problems, skipped, files } = await checkFolder(dir, { strict });
  terminal.problems(problems);
  for (const { file, apiVersion, kind, name } of skipped) {
    terminal.tell(
      { skipped: { file, apiVersion, kind, name } },
      `${file}: skipped ${apiVersion} ${kind} "${name}"`,
    );
  }
  const errors = problems.filter(problem => problem.severity === 'error').length;
  const warnings = problems.length - errors;
  const verdict = errors === 0 ? 'fine' : 'refused';
  const counted = `${count(files, 'file')}, ${count(errors, 'error')}, ${count(warnings, 'warning')}`;
  terminal.tell({ verdict, files, errors, warnings, skipped: skipped.length }, `${verdict}: ${counted}`);
  return errors === 0 ? exit.fine : exit.no;
};

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
