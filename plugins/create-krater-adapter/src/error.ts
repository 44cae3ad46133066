import type { Code } from './codes.ts';

/** A mistake of whoever called us, with what to type next. */
export class CreateError extends Error {
  readonly code: Code;
  readonly hint: string;

  constructor(code: Code, message: string, hint: string) {
    super(message);
    this.code = code;
    this.hint = hint;
  }
}
