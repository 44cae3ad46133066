import type { z } from 'zod';
import type { Code } from './codes.ts';
import type { Finding, Path } from './document.ts';
import { labelOf, listOf, shown } from './message.ts';
import { nearest } from './nearest.ts';
import { keysAt } from './schema-walk.ts';
import { mostSensible } from './union.ts';

export type Issue = z.core.$ZodIssue;

/** A schema's complaint as a finding, and what it is about. */
export interface Complaint {
  readonly finding: Finding;
  readonly path: Path;
  readonly at: 'key' | 'value';
}

/** What the schema's author said; undefined where only zod's own words are there, which are not ours. */
export const unsaid = '\0';

/** Turns zod's issues into findings in our words, with the nearest allowed key or value as hint. */
export class IssueReader {
  readonly #schema: z.core.$ZodType;
  readonly #root: Path;

  /** `root` is the path of what was decoded: only for naming it in messages. */
  constructor(schema: z.core.$ZodType, root: Path) {
    this.#schema = schema;
    this.#root = root;
  }

  read(issue: Issue): Complaint[] {
    const path = issue.path as Path;
    if (issue.code === 'unrecognized_keys') return issue.keys.map(key => this.#unknownKey(path, key));
    if (issue.code === 'invalid_union') return this.#union(issue, path);
    if (issue.code === 'invalid_key' || issue.code === 'invalid_element') return this.#nested(issue, path);
    return [{ finding: this.#finding(issue, path), path, at: 'value' }];
  }

  #finding(issue: Issue, path: Path): Finding {
    const label = this.#label(path);
    const found = `found ${shown(issue.input, path)}`;
    const said = issue.message === unsaid ? undefined : issue.message;
    switch (issue.code) {
      case 'invalid_type':
        return this.#wrongType(issue.expected, issue.input, path, said);
      case 'invalid_value':
        return badValue(`bad value for ${label}: ${found}`, issue.values, issue.input);
      case 'too_small':
      case 'too_big':
        return outOfRange(issue, label, found, said);
      case 'not_multiple_of':
        return own(
          'CONFIG_OUT_OF_RANGE',
          `bad value for ${label}: ${found}, allowed: multiples of ${issue.divisor}`,
        );
      case 'invalid_format': {
        const form =
          said ??
          `allowed: ${issue.format === 'regex' ? `text of the form ${issue.pattern}` : `a valid ${issue.format}`}`;
        return own('CONFIG_BAD_FORMAT', `bad value for ${label}: ${found}, ${form}`);
      }
      default: {
        const { code, hint } = (issue as z.core.$ZodIssueCustom).params ?? {};
        const message = said ?? `bad value for ${label}: ${found}`;
        return { code: code ?? 'CONFIG_BAD_VALUE', message, ...(hint !== undefined && { hint }) };
      }
    }
  }

  #wrongType(expected: string, input: unknown, path: Path, said: string | undefined): Finding {
    const type = typeNames[expected] ?? `a ${expected}`;
    if (input === undefined && path.length > 0) {
      const key = path.at(-1);
      const what = said ?? `expected ${type}`;
      return own(
        'CONFIG_MISSING_KEY',
        `missing key "${key}"${this.#inside(path)}, ${what}`,
        `add: ${key}: …`,
      );
    }
    const label = this.#label(path);
    if (typeof input === 'bigint' && said === undefined) {
      const message = `${label} is too large: found ${input}, allowed: at most ${Number.MAX_SAFE_INTEGER}`;
      return own('CONFIG_OUT_OF_RANGE', message);
    }
    const message = `wrong type for ${label}: found ${shown(input, path)}, ${said ?? `allowed: ${type}`}`;
    return own('CONFIG_WRONG_TYPE', message, said === undefined ? conversion(expected, input) : undefined);
  }

  #unknownKey(path: Path, key: string): Complaint {
    const allowed = keysAt(this.#schema, path);
    const near = nearest(key, allowed);
    const list = allowed.length === 0 ? 'none' : listOf(allowed);
    const hint = near ? `did you mean "${near}"?` : `remove "${key}"`;
    const message = `unknown key "${key}"${this.#inside([...path, key])}, allowed: ${list}`;
    return { finding: own('CONFIG_UNKNOWN_KEY', message, hint), path: [...path, key], at: 'key' };
  }

  #union(issue: z.core.$ZodIssueInvalidUnion, path: Path): Complaint[] {
    const label = this.#label(path);
    if (issue.discriminator !== undefined && 'options' in issue) {
      const input = (issue.input as { [key: string]: unknown } | undefined)?.[issue.discriminator];
      if (input === undefined) {
        return this.read({
          code: 'invalid_type',
          expected: 'string',
          path: issue.path,
          input,
          message: `allowed: ${listOf(issue.options ?? [])}`,
        });
      }
      return [
        {
          finding: badValue(
            `bad value for ${label}: found ${shown(input, path)}`,
            issue.options ?? [],
            input,
          ),
          path,
          at: 'value',
        },
      ];
    }
    if (issue.message !== unsaid)
      return [{ finding: own('CONFIG_BAD_VALUE', issue.message), path, at: 'value' }];
    const choice = mostSensible(issue.errors, issue.input);
    switch (choice.kind) {
      case 'branch':
        return choice.issues.flatMap(inner =>
          this.read({ ...inner, path: [...path, ...inner.path] } as Issue),
        );
      case 'types': {
        if (issue.input === undefined && path.length > 0) {
          return this.read({
            code: 'invalid_type',
            expected: choice.expected[0] ?? 'value',
            path: issue.path,
            input: undefined,
            message: unsaid,
          });
        }
        const types = [...new Set(choice.expected.map(name => typeNames[name] ?? name))];
        const allowed = [...types, ...choice.values.map(value => JSON.stringify(value))].join(' or ');
        const near =
          typeof issue.input === 'string' ? nearest(issue.input, choice.values.map(String)) : undefined;
        const finding = own(
          choice.values.length > 0 ? 'CONFIG_BAD_VALUE' : 'CONFIG_WRONG_TYPE',
          `${choice.values.length > 0 ? 'bad value' : 'wrong type'} for ${label}: found ${shown(issue.input, path)}, allowed: ${allowed}`,
          near && `did you mean "${near}"?`,
        );
        return [{ finding, path, at: 'value' }];
      }
      case 'unknownKeys':
        return choice.keys.map(key => this.#unknownKey(path, key));
      case 'alternatives': {
        const list = listOf(choice.alternatives);
        const message = `${label} has ${listOf(choice.present, 'none of its keys')}, allowed: exactly one of ${list}`;
        return [{ finding: own('CONFIG_BAD_VALUE', message, `keep one of ${list}`), path, at: 'value' }];
      }
    }
  }

  #nested(issue: z.core.$ZodIssueInvalidKey | z.core.$ZodIssueInvalidElement, path: Path): Complaint[] {
    return issue.issues
      .flatMap(inner => this.read({ ...inner, path } as Issue))
      .map(complaint => ({ ...complaint, at: 'key' }));
  }

  #label(path: Path): string {
    return labelOf([...this.#root, ...path]);
  }

  #inside(path: Path): string {
    const parent = [...this.#root, ...path].slice(0, -1);
    return parent.length === 0 ? '' : ` in ${labelOf(parent)}`;
  }
}

function own(code: Code, message: string, hint?: string): Finding {
  return { code, message, ...(hint !== undefined && { hint }) };
}

function badValue(what: string, values: readonly unknown[], input: unknown): Finding {
  const near = typeof input === 'string' ? nearest(input, values.map(String)) : undefined;
  return own('CONFIG_BAD_VALUE', `${what}, allowed: ${listOf(values)}`, near && `did you mean "${near}"?`);
}

function outOfRange(
  issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig,
  label: string,
  found: string,
  said: string | undefined,
): Finding {
  const small = issue.code === 'too_small';
  const limit = small ? issue.minimum : issue.maximum;
  const bound = issue.exact
    ? 'exactly'
    : issue.inclusive === false
      ? small
        ? 'more than'
        : 'less than'
      : small
        ? 'at least'
        : 'at most';
  const { input } = issue;
  if (issue.origin === 'string' || issue.origin === 'array') {
    const unit = `${issue.origin === 'string' ? 'character' : 'item'}${Number(limit) === 1 ? '' : 's'}`;
    const length = (input as { length?: number } | undefined)?.length ?? 0;
    const what =
      length === 0 ? `${label} is empty` : `${label} is too ${small ? 'short' : 'long'}: found ${length}`;
    return own('CONFIG_OUT_OF_RANGE', `${what}, ${said ?? `allowed: ${bound} ${limit} ${unit}`}`);
  }
  return own(
    'CONFIG_OUT_OF_RANGE',
    `${label} is too ${small ? 'small' : 'large'}: ${found}, ${said ?? `allowed: ${bound} ${limit}`}`,
  );
}

const typeNames: { readonly [expected: string]: string } = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  bigint: 'a whole number',
  boolean: 'true or false',
  object: 'a map',
  record: 'a map',
  map: 'a map',
  array: 'a list',
  tuple: 'a list',
  null: 'null',
  nonoptional: 'a value',
};

/** What to type where only the quotes are wrong. */
function conversion(expected: string, input: unknown): string | undefined {
  if (expected === 'string' && ['number', 'boolean', 'bigint'].includes(typeof input))
    return `quote it: "${input}"`;
  if (typeof input !== 'string') return undefined;
  const plain = input.trim();
  const number = (expected === 'number' || expected === 'int') && /^-?\d+(?:\.\d+)?$/.test(plain);
  const boolean = expected === 'boolean' && (plain === 'true' || plain === 'false');
  return number || boolean ? `write it without quotes: ${plain}` : undefined;
}
