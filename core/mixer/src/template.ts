import { KraterError } from '@krater/documents';
import type { Fields, FieldValues } from './kind.ts';
import type { CheckResult, QuotaRequest, QuotaResult } from './result.ts';
import type { MaybePromise } from './value.ts';

/** What a template is for, and so what its handlers are asked: see {@link HandleByVariety}. */
export type Variety = 'check' | 'quota' | 'report' | 'attributes';

/** A typed shape that adapters consume. Make one with {@link defineTemplate}. */
export interface Template<
  Name extends string = string,
  V extends Variety = Variety,
  F extends Fields = Fields,
  O extends Fields = Fields,
> {
  readonly name: Name;
  readonly variety: V;
  readonly summary: string;
  readonly fields: F;
  readonly output: O;
  /** Its handlers verify who somebody is: see {@link defineTemplate}. */
  readonly authenticates: boolean;
}

// biome-ignore lint/suspicious/noExplicitAny: a heterogeneous list of templates
export type AnyTemplate = Template<any, Variety, Fields, Fields>;

/** What a handler receives: the instance's name and its evaluated fields. */
export type Instance<T extends Template> = { readonly name: string } & FieldValues<T['fields']>;
type Output<T extends Template> = FieldValues<T['output']>;

/** What one call may know beside its instance. */
export interface CallContext {
  /** Aborted when the caller has gone, the deadline has passed, or an earlier refusal has decided. */
  readonly signal: AbortSignal;
  /** Milliseconds on the environment's clock when this call began: to decide by, without reading the clock again. */
  readonly now: number;
  /** Milliseconds on the environment's clock by which the answer must be there. */
  readonly deadline: number;
}

/** The function an adapter supplies for a template, by the template's variety. */
export interface HandleByVariety<I, O> {
  /** Asked before a request goes on. */
  check(instance: I, context: CallContext): MaybePromise<CheckResult>;
  /** Asked for an amount of something after all checks have allowed. */
  quota(instance: I, request: QuotaRequest, context: CallContext): MaybePromise<QuotaResult>;
  /** Told about finished requests: all instances of one batch at once. */
  report(instances: readonly I[], context: CallContext): MaybePromise<void>;
  /** Asked, before rules are matched, for attributes that others can read. */
  attributes(instance: I, context: CallContext): MaybePromise<O>;
}

export type Handle<T extends Template> = HandleByVariety<Instance<T>, Output<T>>[T['variety']];

/**
 * Declares a template.
 *
 * `fields` may not contain `name` (every instance has one) nor, for quota templates, `amount` (the engine evaluates it
 * and passes it in the request). Templates of variety `attributes` and `check` may declare `output` fields.
 *
 * An attributes template whose output is verified identity says `authenticates: true`: it alone may be bound to
 * `request.auth.*`, and an optional field that its handler leaves out means that nobody was verified. What is bound to
 * it is then absent, whatever the client sent, while with any other template it would be a failure.
 *
 * @example
 * export default defineTemplate({ name: 'listentry', variety: 'check', summary: 'one value to look up in a list', fields: { value: t.value } });
 */
export function defineTemplate<
  const Name extends string,
  const V extends Variety,
  const F extends Fields,
  const O extends Fields = Record<never, never>,
>(declaration: {
  readonly name: Name;
  readonly variety: V;
  readonly summary: string;
  readonly fields: F & { readonly name?: never };
  readonly output?: V extends 'check' | 'attributes' ? O : never;
  readonly authenticates?: V extends 'attributes' ? boolean : never;
}): Template<Name, V, F, O> {
  const { name, variety, summary, fields, output, authenticates = false } = declaration;
  if (!/^[a-z][a-zA-Z0-9]*$/.test(name)) {
    throw new KraterError(
      'TEMPLATE_BAD_NAME',
      `template name ${JSON.stringify(name)} must be letters and digits, starting in lower case`,
    );
  }
  if (name === 'close' || name === 'explain') {
    throw new KraterError(
      'TEMPLATE_BAD_NAME',
      `template name "${name}" is what create() returns beside handlers`,
    );
  }
  if ('name' in fields || (variety === 'quota' && 'amount' in fields)) {
    throw new KraterError(
      'TEMPLATE_RESERVED_FIELD',
      `template "${name}" declares a field that every instance already has`,
      {
        hint: 'call it something else than "name" or, in a quota template, "amount"',
      },
    );
  }
  return Object.freeze({ name, variety, summary, fields, output: (output ?? {}) as O, authenticates });
}
