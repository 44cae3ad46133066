import { createHash } from 'node:crypto';
import { inspect } from 'node:util';
import { z } from 'zod';
import { processSecrets } from './ambient.ts';
import type { Code } from './codes.ts';

/** Where secrets come from. Both answer undefined for what is not there or cannot be read. */
export interface SecretSource {
  env(name: string): string | undefined;
  file(path: string): string | undefined;
}

/** A secret value. It prints as `***` everywhere; only {@link Secret.reveal} gives it away. */
export class Secret {
  readonly #value: string;
  /** Changes with the value and does not give it away: for content hashes. */
  readonly digest: string;

  constructor(value: string) {
    this.#value = value;
    this.digest = createHash('sha256').update('krater secret\0').update(value).digest('hex').slice(0, 32);
  }

  reveal(): string {
    return this.#value;
  }
  toString(): string {
    return '***';
  }
  toJSON(): string {
    return '***';
  }
  [inspect.custom](): string {
    return '***';
  }
}

/** What a secret looks like in a configuration. */
export type SecretReference = { readonly env: string } | { readonly file: string };

const reference = z
  .union([z.strictObject({ env: z.string().min(1) }), z.strictObject({ file: z.string().min(1) })])
  .describe('a secret: { env: NAME } or { file: PATH }');
const secrets = new WeakSet<object>();

/**
 * A secret in a configuration: `{ env: NAME }` or `{ file: PATH }`, decoded to a {@link Secret}. A secret in clear text
 * and a missing one are problems. A path counts from the folder of the configuration file; one line end at the end of
 * the file does not belong to the secret.
 *
 * @example z.strictObject({ url: z.url(), password: secret().optional() })
 */
export function secret(): z.ZodType<Secret, SecretReference> {
  const schema = z.unknown().transform((value, context) => {
    const refuse = (code: Code, message: string, hint: string) => {
      context.addIssue({ code: 'custom', input: value, message, params: { code, hint } });
      return z.NEVER;
    };
    if (value === undefined) return refuse('CONFIG_MISSING_KEY', 'missing secret', howTo);
    if (typeof value === 'string' || typeof value === 'number') {
      return refuse(
        'SECRET_IN_CLEAR',
        'a secret is written in clear text, allowed: { env: NAME } or { file: PATH }',
        howTo,
      );
    }
    const parsed = reference.safeParse(value);
    if (!parsed.success)
      return refuse(
        'CONFIG_WRONG_TYPE',
        'this is no secret, allowed: { env: NAME } or { file: PATH }',
        howTo,
      );
    return resolve(parsed.data) ?? refuse('SECRET_MISSING', ...missing(parsed.data));
  });
  schema._zod.toJSONSchema = () => {
    const { $schema: _, ...jsonSchema } = z.toJSONSchema(reference, { io: 'input' });
    return jsonSchema;
  };
  secrets.add(schema);
  return schema as unknown as z.ZodType<Secret, SecretReference>;
}

/** Whether values of a schema must never be shown. */
export function isSecret(schema: object): boolean {
  return secrets.has(schema);
}

/** Resolves secrets from a source for the time of a call; schemas cannot be handed anything. */
export function withSecrets<T>(source: SecretSource, run: () => T): T {
  const before = current;
  current = source;
  try {
    return run();
  } finally {
    current = before;
  }
}

let current: SecretSource = processSecrets;

const howTo = 'write { env: NAME } or { file: PATH }';

function resolve(from: SecretReference): Secret | undefined {
  const value = 'env' in from ? current.env(from.env) : current.file(from.file)?.replace(/\r?\n$/, '');
  return value ? new Secret(value) : undefined;
}

function missing(from: SecretReference): [message: string, hint: string] {
  return 'env' in from
    ? [
        `the environment variable "${from.env}" of a secret is not set`,
        `set it before the start: export ${from.env}=…`,
      ]
    : [
        `the file "${from.file}" of a secret cannot be read, or is empty`,
        'the path counts from the folder of this file',
      ];
}
