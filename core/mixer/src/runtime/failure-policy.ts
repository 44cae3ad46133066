import type { KraterError } from '@krater/documents';
import { ok, type Status } from '../status.ts';
import type { LinkedRule } from './snapshot.ts';

/** What a handler's failure becomes: an allow, or UNAVAILABLE, as the rule says; `standard` is for rules that do not. */
export function failureStatus(rule: LinkedRule, standard: 'allow' | 'deny', failure: KraterError): Status {
  return (rule.onError ?? standard) === 'allow' ? ok : { code: 'UNAVAILABLE', message: failure.message };
}
