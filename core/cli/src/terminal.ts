import { type ConfigError, formatProblems, type KraterError, type Problem } from '@krater/documents';
import { formatJson } from '@krater/mixer';

export const formats = ['text', 'json'] as const;
export type Format = (typeof formats)[number];

/** Exit codes of every command: it went well, the answer is no, the command line was wrong. */
export const exit = { fine: 0, no: 1, wrongUse: 2 } as const;
export type ExitCode = (typeof exit)[keyof typeof exit];

/** Colours are for terminals, and not for those who set NO_COLOR. */
function inColor(): boolean {
  return process.stderr.isTTY && process.stderr.hasColors();
}

/** Prints a line for people, or, with `--format json`, one object a line for programs. */
export class Terminal {
  readonly format: Format;

  constructor(format: Format) {
    this.format = format;
  }

  get json(): boolean {
    return this.format === 'json';
  }

  /** The same fact in both forms: the object as one line of JSON, or the text. */
  tell(object: object, text: string): void {
    process.stdout.write(`${this.json ? formatJson(object) : text}\n`);
  }

  /** How far something long is; for people who watch. */
  progress(text: string): void {
    if (!this.json) process.stderr.write(`${text}\n`);
  }

  /** Located problems, all of them; warnings too. */
  problems(problems: readonly Problem[]): void {
    if (this.json) for (const problem of problems) process.stdout.write(`${formatJson({ problem })}\n`);
    else if (problems.length > 0)
      process.stderr.write(`${formatProblems(problems, { color: inColor() }).trimEnd()}\n`);
  }

  /** An error that ends the command; of a refused configuration every problem, then how many. */
  fail(error: unknown): void {
    const { code = '', message = String(error), hint, cause } = error as Partial<KraterError>;
    const { problems = [] } = error as Partial<ConfigError>;
    this.problems(problems);
    const said = problems.length === 0 ? message : (message.split('\n', 1)[0] ?? message);
    const coded = /^[A-Z]+(_[A-Z0-9]+)+$/.test(code) && !code.startsWith('ERR_');
    if (this.json) {
      process.stdout.write(`${formatJson({ error: { ...(coded && { code }), message: said, hint } })}\n`);
      return;
    }
    const unexpected = error instanceof Error ? (error.stack ?? said) : said;
    process.stderr.write(`${coded ? `${code} ${said}` : unexpected}\n`);
    if (hint !== undefined) process.stderr.write(`   hint: ${hint}\n`);
    if (coded && cause instanceof Error) process.stderr.write(`  cause: ${cause.message}\n`);
  }
}
