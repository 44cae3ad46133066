import type { HeaderOperation } from '../decision.ts';
import type { Reads } from '../expression/reads.ts';
import type { Value } from '../value.ts';
import type { Bag } from '../vocabulary/bag.ts';
import type { CheckSession } from './check.ts';
import type { CheckAnswer } from './check-answer.ts';
import { isHeaderValue } from './header-text.ts';
import { viewOf } from './production.ts';
import type { HeaderTemplate } from './rule.ts';
import type { LinkedRule } from './snapshot.ts';

export interface HeaderOperations {
  readonly requestHeaders: readonly HeaderOperation[];
  readonly responseHeaders: readonly HeaderOperation[];
}

const none: HeaderOperations = { requestHeaders: [], responseHeaders: [] };

/** The header operations of the rules that matched, in rule order; of several replacements of one header the last stands. */
export function headerOperations(
  { matched, production }: CheckSession,
  answers: readonly CheckAnswer[],
): HeaderOperations {
  if (matched.every(rule => rule.requestHeaders.length + rule.responseHeaders.length === 0)) return none;
  const requestHeaders: HeaderOperation[] = [];
  const responseHeaders: HeaderOperation[] = [];
  for (const rule of matched) {
    const { bag, reads } = viewOf(production, rule);
    const extended = withOutputs(rule, answers, bag);
    for (const template of rule.requestHeaders) apply(requestHeaders, template, rule, extended, reads);
    for (const template of rule.responseHeaders) apply(responseHeaders, template, rule, extended, reads);
  }
  return { requestHeaders, responseHeaders };
}

function apply(
  operations: HeaderOperation[],
  template: HeaderTemplate,
  rule: LinkedRule,
  bag: Bag,
  reads: Reads,
): void {
  const { operation, name } = template;
  if (operation === 'remove') {
    operations.push({ operation, name, value: '' });
    return;
  }
  const value = template.value?.evaluate(bag, reads);
  if (value === undefined) {
    rule.statistics.unknown++;
    return;
  }
  // It may come from the request: it must not end the header and begin another.
  if (!isHeaderValue(value)) {
    rule.statistics.errors++;
    return;
  }
  // The original leaves out a header whose value came out empty.
  if (value === '' && rule.imported) return;
  if (operation === 'replace') {
    const earlier = operations.findIndex(other => other.operation === 'replace' && other.name === name);
    if (earlier >= 0) operations.splice(earlier, 1);
  }
  operations.push({ operation, name, value });
}

function withOutputs(rule: LinkedRule, answers: readonly CheckAnswer[], bag: Bag): Bag {
  if (rule.outputVocabulary.size === bag.vocabulary.size) return bag;
  const extended = bag.over(rule.outputVocabulary);
  for (const { action, result } of answers) {
    if (result.output === undefined || !rule.checks.includes(action)) continue;
    for (const { field, slot } of action.outputs)
      extended.values[slot] = result.output[field] as Value | undefined;
  }
  return extended;
}
