import type { Fields, Kind, MapKind, ObjectKind, OptionalKind, ScalarKind } from '../kind.ts';
import type { QuotaRequest } from '../result.ts';
import { statusCodes } from '../status.ts';
import type { Template } from '../template.ts';
import { isMap } from '../value.ts';

/**
 * Is what a handler returned an answer at all? Adapters may be written in JavaScript, so the compiler's word is not
 * enough. Each function returns what is wrong, for the log and the failure count, or undefined.
 *
 * Hot path: called once for every answer; allocates nothing while all is well.
 */

/** Checks the answer of a check handler: a CheckResult. Its `output` is left to {@link outputProblem}. */
export function checkAnswerProblem(value: unknown): string | undefined {
  if (!isMap(value)) return `answered ${shown(value)} instead of allow() or deny()`;
  const { status, validity, directResponse } = value;
  return (
    statusProblem(status) ??
    (validity === undefined ? undefined : validityProblem(validity)) ??
    (directResponse === undefined ? undefined : directResponseProblem(directResponse))
  );
}

/**
 * Checks the answer of a quota handler: a QuotaResult that grants nothing that was not asked for. An amount given back
 * (a negative request) is answered by what was taken back, as a negative number.
 */
export function quotaAnswerProblem(value: unknown, request: QuotaRequest): string | undefined {
  if (!isMap(value)) return `answered ${shown(value)} instead of grant() or refuse()`;
  const { status, granted, standing, retryAfter } = value;
  const wrongStatus = statusProblem(status);
  if (wrongStatus !== undefined) return wrongStatus;
  if (typeof granted !== 'number' || !Number.isFinite(granted))
    return `granted ${shown(granted)}, which is no number`;
  const { amount, bestEffort } = request;
  if (amount >= 0 ? granted < 0 || granted > amount : granted > 0 || granted < amount) {
    return `granted ${granted} where ${amount} was asked`;
  }
  if (granted !== 0 && (status as { code: string }).code !== 'OK') return `refused and granted ${granted}`;
  if (amount > 0 && !bestEffort && granted !== 0 && granted !== amount) {
    return `granted ${granted} of ${amount} without best effort`;
  }
  if (retryAfter !== undefined && !isCount(retryAfter))
    return `says retryAfter ${shown(retryAfter)}, which is no number of milliseconds`;
  return standing === undefined ? undefined : standingProblem(standing);
}

/** Checks the output of an attributes handler, or the `output` of a check's answer, against the template's `output` fields. */
export function outputProblem(value: unknown, template: Template): string | undefined {
  return fieldsProblem(value, template.output, 'output');
}

function statusProblem(status: unknown): string | undefined {
  if (!isMap(status)) return `answered status ${shown(status)} instead of a code and a message`;
  const { code, message } = status;
  if (code !== 'OK' && (typeof code !== 'string' || !Object.hasOwn(statusCodes, code)))
    return `answered the unknown status code ${shown(code)}`;
  return typeof message === 'string'
    ? undefined
    : `answered status message ${shown(message)}, which is no text`;
}

/** Checks a stated validity. */
export function validityProblem(validity: unknown): string | undefined {
  if (isMap(validity) && isCount(validity.duration) && isCount(validity.uses)) return undefined;
  return `stated validity ${shown(validity)} instead of { duration, uses }, both 0 or more`;
}

function directResponseProblem(response: unknown): string | undefined {
  if (!isMap(response)) return `answered direct response ${shown(response)}`;
  const { code, body, headers } = response;
  if (!Number.isInteger(code) || (code as number) < 200 || (code as number) > 599)
    return `answered direct response with code ${shown(code)}`;
  if (body !== undefined && typeof body !== 'string')
    return `answered direct response with body ${shown(body)}`;
  if (
    headers === undefined ||
    (isMap(headers) && Object.values(headers).every(header => typeof header === 'string'))
  )
    return undefined;
  return `answered direct response with headers ${shown(headers)}`;
}

function standingProblem(standing: unknown): string | undefined {
  if (
    isMap(standing) &&
    isCount(standing.limit) &&
    isCount(standing.remaining) &&
    isCount(standing.resetAfter)
  )
    return undefined;
  return `stated standing ${shown(standing)} instead of { limit, remaining, resetAfter }, all 0 or more`;
}

function fieldsProblem(value: unknown, fields: Fields, path: string): string | undefined {
  if (!isMap(value)) return `answered ${path} ${shown(value)} instead of an object`;
  for (const [field, kind] of Object.entries(fields)) {
    const problem = kindProblem(
      Object.hasOwn(value, field) ? value[field] : undefined,
      kind,
      `${path}.${field}`,
    );
    if (problem !== undefined) return problem;
  }
  for (const field in value) {
    if (!Object.hasOwn(fields, field))
      return `answered ${path}.${field}, which the template does not declare`;
  }
  return undefined;
}

function kindProblem(value: unknown, kind: Kind<unknown>, path: string): string | undefined {
  switch (kind.kind) {
    case 'optional':
      return value === undefined ? undefined : kindProblem(value, (kind as OptionalKind<unknown>).of, path);
    case 'object':
      return fieldsProblem(value, (kind as ObjectKind<unknown>).fields, path);
    case 'map': {
      if (!isMap(value)) return `answered ${path} ${shown(value)} instead of a map`;
      for (const key of Object.keys(value)) {
        const problem = kindProblem(
          value[key],
          (kind as MapKind<unknown>).of,
          `${path}[${JSON.stringify(key)}]`,
        );
        if (problem !== undefined) return problem;
      }
      return undefined;
    }
    case 'value':
      if (['string', 'number', 'bigint', 'boolean'].includes(typeof value) || isStringMap(value))
        return undefined;
      return `answered ${path} ${shown(value)}, which is no value of any type`;
    case 'scalar': {
      const { type } = kind as ScalarKind<unknown>;
      return fits[type](value) ? undefined : `answered ${path} ${shown(value)} instead of a ${type}`;
    }
  }
}

const isString = (value: unknown) => typeof value === 'string';
const fits: Record<ScalarKind<unknown>['type'], (value: unknown) => boolean> = {
  STRING: isString,
  URI: isString,
  DNS_NAME: isString,
  EMAIL_ADDRESS: isString,
  IP_ADDRESS: isString,
  BOOL: value => typeof value === 'boolean',
  DOUBLE: value => typeof value === 'number',
  INT64: value => Number.isSafeInteger(value) || typeof value === 'bigint',
  TIMESTAMP: value => Number.isSafeInteger(value),
  DURATION: value => Number.isSafeInteger(value),
  STRING_MAP: isStringMap,
};

function isStringMap(value: unknown): boolean {
  return isMap(value) && Object.values(value).every(isString);
}

function isCount(value: unknown): boolean {
  return typeof value === 'number' && value >= 0;
}

function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 80));
  if (typeof value !== 'object' || value === null)
    return typeof value === 'function' ? 'a function' : String(value);
  return Array.isArray(value) ? 'a list' : 'an object';
}
