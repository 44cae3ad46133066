import type { z } from 'zod';

type Issue = z.core.$ZodIssue;

/** What is worth saying when no branch of a union fits. */
export type Choice =
  /** One branch is clearly meant: its issues. */
  | { readonly kind: 'branch'; readonly issues: readonly Issue[] }
  /** No branch takes a value of this type. */
  | { readonly kind: 'types'; readonly expected: readonly string[]; readonly values: readonly unknown[] }
  /** Several branches are equally near, and these keys are in none of them. */
  | { readonly kind: 'unknownKeys'; readonly keys: readonly string[] }
  /** Several branches are equally near: too many or too few of their keys are there. */
  | {
      readonly kind: 'alternatives';
      readonly present: readonly string[];
      readonly alternatives: readonly string[];
    };

/** Chooses between the branches by what the value looks like: its type first, then its keys, then how little is wrong. */
export function mostSensible(branches: readonly (readonly Issue[])[], input: unknown): Choice {
  const fitting = branches.filter(issues => !issues.some(wrongAtAll));
  if (fitting.length === 0) {
    const all = branches.flat().filter(wrongAtAll);
    return {
      kind: 'types',
      expected: all.flatMap(issue => (issue.code === 'invalid_type' ? [issue.expected] : [])),
      values: all.flatMap(issue => (issue.code === 'invalid_value' ? issue.values : [])),
    };
  }
  const weighed = fitting
    .map(issues => ({ issues, weight: weightOf(issues) }))
    .sort((a, b) => a.weight - b.weight);
  const near = weighed.filter(({ weight }) => weight === weighed[0]?.weight);
  if (near.length > 1 && near.every(({ issues }) => issues.every(aboutKeys))) {
    const foreign = near.map(({ issues }) =>
      issues.flatMap(issue => (issue.code === 'unrecognized_keys' ? issue.keys : [])),
    );
    const unknown = foreign.reduce((common, keys) => common.filter(key => keys.includes(key)));
    if (unknown.length > 0) return { kind: 'unknownKeys', keys: unknown };
    const missing = near.flatMap(({ issues }) =>
      issues.filter(isMissing).map(issue => String(issue.path.at(-1))),
    );
    const alternatives = [...new Set([...missing, ...foreign.flat()])];
    return { kind: 'alternatives', present: Object.keys(input as object), alternatives };
  }
  return { kind: 'branch', issues: near[0]?.issues ?? [] };
}

function wrongAtAll(issue: Issue): boolean {
  return issue.path.length === 0 && (issue.code === 'invalid_type' || issue.code === 'invalid_value');
}

function isMissing(issue: Issue): boolean {
  return issue.code === 'invalid_type' && issue.input === undefined && issue.path.length === 1;
}

function aboutKeys(issue: Issue): boolean {
  return isMissing(issue) || (issue.code === 'unrecognized_keys' && issue.path.length === 0);
}

/** A wrong discriminating literal weighs most, then keys that do not belong, then mistakes inside. */
function weightOf(issues: readonly Issue[]): number {
  let weight = 0;
  for (const issue of issues) {
    if (issue.code === 'invalid_value') weight += 10;
    else if (issue.code === 'unrecognized_keys') weight += 3 * issue.keys.length;
    else weight += isMissing(issue) ? 3 : 1;
  }
  return weight;
}
