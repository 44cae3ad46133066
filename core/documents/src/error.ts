import { formatProblems } from './format.ts';
import type { Problem } from './problem.ts';

/**
 * An error with a code to match on: never use `instanceof` across packages.
 *
 * @example if ((error as KraterError).code === 'MIXER_CLOSED') …
 */
export class KraterError extends Error {
  readonly code: string;
  readonly hint: string | undefined;
  /** Of what an adapter throws while it is created: the parameter at fault, such as `['quotas', 0, 'limit']`. */
  readonly path: readonly (string | number)[] | undefined;

  constructor(
    code: string,
    message: string,
    { hint, cause, path }: { hint?: string; cause?: unknown; path?: readonly (string | number)[] } = {},
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'KraterError';
    this.code = code;
    this.hint = hint;
    this.path = path;
  }
}

/** A configuration that was refused: all of its problems at once, sorted by place. */
export class ConfigError extends KraterError {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    const errors = problems.filter(problem => problem.severity === 'error').length;
    super(
      'CONFIG_REFUSED',
      `${errors} ${errors === 1 ? 'problem' : 'problems'} in the configuration\n\n${formatProblems(problems)}`,
    );
    this.name = 'ConfigError';
    this.problems = problems;
  }
}
