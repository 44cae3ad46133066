import { formatProblems, type KraterError, type Problem } from '@krater/documents';
import { formatJson } from '@krater/mixer';

export const formats = ['text', 'json'] as const;
export type Format = (typeof formats)[number];

/** Exit codes of every command: it went well, the answer is no, the command line was wrong. */
export const exit = { fine: 0, no: 1, wrongUse: 2 } as const;
export type ExitCode = (typeof exit)[keyof typeof exit];

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

  /** Located problems, all of them; warnings too. */
  problems(problems: readonly Problem[]): void {
    if (this.json) for (const problem of problems) process.stdout.write(`${formatJson({ problem })}\n`);
    else if (problems.length > 0) process.stderr.write(`${formatProblems(problems).trimEnd()}\n`);
  }

  /** An error that ends the command. */
  fail(error: unknown): void {
    const { code, message, hint, cause } = error as Partial<KraterError>;
    const coded = typeof code === 'string' && /^[A-Z][A-Z_]+$/.test(code) && !code.startsWith('ERR_');
    if (this.json) {
      process.stdout.write(
        `${formatJson({ error: { ...(coded && { code }), message: message ?? String(error), hint } })}\n`,
      );
    } else {
      const said = coded
        ? `${code} ${message}`
        : error instanceof Error
          ? (error.stack ?? error.message)
          : String(error);
      process.stderr.write(`${said}\n${hint === undefined ? '' : `   hint: ${hint}\n`}`);
      if (coded && cause instanceof Error) process.stderr.write(`  cause: ${cause.message}\n`);
    }
  }
}
