import { dirname, resolve } from 'node:path';
import type { z } from 'zod';
import { processSecrets } from './ambient.ts';
import type { Path, SourceDocument } from './document.ts';
import { type Complaint, type Issue, IssueReader, unsaid } from './issue.ts';
import type { Problem } from './problem.ts';
import { buildsObjectAt, schemasAt } from './schema-walk.ts';
import { isSecret, type SecretSource, withSecrets } from './secret.ts';

export interface DecodeOptions {
  /** The code of every problem, instead of the CONFIG_… ones; codes that a schema sets itself stay. */
  readonly code?: string;
  /** From a path in the value to the path in the document, where the value was translated from another form. */
  readonly locate?: (path: Path) => Path;
  /** Where secrets come from: this process's environment and files if left out. */
  readonly secrets?: SecretSource;
}

export type Decoded<T> = (
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problems: readonly Problem[] }
) & {
  /** The files that secrets were read from, or looked for in: a change of one is a reason to decode again. */
  readonly secretFiles: readonly string[];
};

/** What decoding needs of a document. */
export type Decodable = Pick<SourceDocument, 'file' | 'problem'> & {
  readonly value: unknown;
  mask?(path: Path): void;
};

/**
 * Checks the part of a document at `path` against a schema and answers the typed value, or every problem with its
 * place. `value` is taken instead where it is given (a translated document); `path` then still leads to its place.
 *
 * @example
 * const decoded = decode(ruleSpec, document, ['spec']);
 * if (decoded.ok) use(decoded.value); else problems.push(...decoded.problems);
 */
export function decode<S extends z.ZodType>(
  schema: S,
  document: Decodable,
  path: Path,
  value: unknown = valueAt(document.value, path),
  { code, locate = same => same, secrets = processSecrets }: DecodeOptions = {},
): Decoded<z.output<S>> {
  const secretFiles: string[] = [];
  const source: SecretSource = {
    env: name => secrets.env(name),
    file(name) {
      const file = resolve(dirname(document.file.path), name);
      secretFiles.push(file);
      return secrets.file(file);
    },
  };
  const parsed = withSecrets(source, () =>
    schema.safeParse(value, { reportInput: true, jitless: true, error: () => unsaid }),
  );
  const reader = new IssueReader(schema, path);
  const complaints = parsed.success ? [] : parsed.error.issues.flatMap(issue => reader.read(issue as Issue));
  complaints.push(...reservedKeys(schema, value));
  if (parsed.success && complaints.length === 0) return { ok: true, value: parsed.data, secretFiles };
  maskSecrets(schema, value, inner => document.mask?.(locate([...path, ...inner])));
  const problems = complaints.map(({ finding, path: inner, at }) => {
    const recoded = code !== undefined && finding.code.startsWith('CONFIG_') ? { ...finding, code } : finding;
    return document.problem(recoded, { path: locate([...path, ...inner]), at });
  });
  return { ok: false, problems, secretFiles };
}

function valueAt(value: unknown, path: Path): unknown {
  let current = value;
  for (const step of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, step)) return undefined;
    current = (current as { [key: string]: unknown })[step];
  }
  return current;
}

/** Schemas drop the key `__proto__` where they build objects: it would be accepted and do nothing. Elsewhere it is data. */
function reservedKeys(schema: z.ZodType, value: unknown): Complaint[] {
  if (!hasReservedKey(value)) return [];
  const finding = {
    code: 'CONFIG_RESERVED_KEY',
    message: 'the key "__proto__" cannot be used here',
    hint: 'use another key',
  };
  return pathsIn(value)
    .filter(({ path }) => path.at(-1) === '__proto__' && buildsObjectAt(schema, path.slice(0, -1)))
    .map(({ path }) => ({ finding, path, at: 'key' }));
}

function hasReservedKey(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return value.some(hasReservedKey);
  return Object.hasOwn(value, '__proto__') || Object.values(value).some(hasReservedKey);
}

/** A secret in clear text must not be seen in any frame, of whatever problem. */
function maskSecrets(schema: z.ZodType, value: unknown, mask: (path: Path) => void): void {
  for (const { path, value: inner } of pathsIn(value)) {
    if (typeof inner !== 'object' && schemasAt(schema, path).some(isSecret)) mask(path);
  }
}

function pathsIn(value: unknown, path: Path = []): { path: Path; value: unknown }[] {
  const own = [{ path, value }];
  if (typeof value !== 'object' || value === null) return own;
  const entries: Iterable<[string | number, unknown]> = Array.isArray(value)
    ? value.entries()
    : Object.entries(value);
  return own.concat([...entries].flatMap(([key, inner]) => pathsIn(inner, [...path, key])));
}
