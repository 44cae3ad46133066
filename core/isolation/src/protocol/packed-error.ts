import { KraterError } from '@krater/documents';

/** What is told of something that was thrown; a stack stays where it was thrown. */
export interface PackedError {
  readonly message: string;
  /** Of a KraterError. */
  readonly code?: string;
  readonly hint?: string;
  readonly path?: readonly (string | number)[];
}

/** A message is read by people. */
const longest = 2_000;

export function packError(thrown: unknown): PackedError {
  const message = textOf(thrown).slice(0, longest);
  if (!(thrown instanceof Error) || thrown.name !== 'KraterError') return { message };
  const { code, hint, path } = thrown as KraterError;
  return { message, code, ...(hint !== undefined && { hint }), ...(path !== undefined && { path }) };
}

/** The same error on this side: what was no KraterError there is none here. */
export function unpackError({ message, code, hint, path }: PackedError): Error {
  if (typeof code !== 'string') return new Error(String(message));
  return new KraterError(code, String(message), {
    ...(hint !== undefined && { hint }),
    ...(path !== undefined && { path }),
  });
}

/** What a thrown value says. Anything can be thrown, also what cannot be turned into text. */
export function textOf(thrown: unknown): string {
  try {
    return thrown instanceof Error ? String(thrown.message) : String(thrown);
  } catch {
    return 'something that is no error and has no text was thrown';
  }
}
