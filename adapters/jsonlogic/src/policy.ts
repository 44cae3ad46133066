import jsonLogic from 'json-logic-js';
import { type ReportMistake, Rewriter } from './rewriter.ts';
import type { AuthorizationData } from './subject-path.ts';

/** A policy ready to run. */
export interface Policy {
  /** Whether the policy holds for an instance, as JSON Logic understands truth. */
  holds(data: AuthorizationData): boolean;
}

/**
 * Prepares a JSON Logic policy, or reports every mistake in it.
 *
 * json-logic-js follows a path through anything that a value inherits. So each `var` is replaced by a slot, and what is
 * evaluated is a view without prototype that holds the slots' values, looked up as own properties.
 */
export function buildPolicy(source: unknown, mistake: ReportMistake): Policy {
  const rewriter = new Rewriter(mistake);
  const rule = rewriter.rewrite(source);
  const slots = rewriter.slots();

  return {
    holds(data) {
      const view: Record<string, unknown> = Object.create(null);
      for (const { slot, find } of slots) {
        const value = find(data);
        if (value !== undefined) view[slot] = value;
      }
      return jsonLogic.truthy(jsonLogic.apply(rule, view));
    },
  };
}
