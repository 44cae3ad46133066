import type { KraterError } from '@krater/documents';
import type { Reads } from '../expression/reads.ts';
import type { Validity } from '../result.ts';
import type { MaybePromise } from '../value.ts';
import type { Bag } from '../vocabulary/bag.ts';
import type { Ambient } from './ambient.ts';
import { outputProblem } from './answer.ts';
import { type CallScope, call, failed, isPromise, type Outcome } from './call.ts';
import type { HandleFunction, Handler } from './handler.ts';
import { bind } from './instance.ts';
import type { Producer } from './snapshot.ts';
import { validityOf } from './validity.ts';

/** What producers made of a bag. Where none ran, `bag` is the request's own. */
export interface Production {
  readonly bag: Bag;
  /** Slots that hold outputs: what reads them depends on the producers' inputs instead. */
  readonly produced: ReadonlySet<number>;
  /** Slots that a failed producer should have filled, and the failure. */
  readonly failures: ReadonlyMap<number, KraterError>;
  readonly validities: readonly Validity[];
  readonly handlers: readonly Handler[];
}

const nothing = {
  produced: new Set<number>(),
  failures: new Map<number, KraterError>(),
  validities: [],
  handlers: [],
};

/** The production of a request that needs no producer. */
export function unproduced(bag: Bag): Production {
  return { bag, ...nothing };
}

/**
 * Runs producers over the original bag, all at once; they do not chain. Their outputs stand over what the client sent;
 * of two that output the same attribute the first in rule order stands.
 */
export function produce(
  producers: ReadonlySet<Producer>,
  bag: Bag,
  reads: Reads,
  scope: CallScope,
  ambient: Ambient,
): MaybePromise<Production> {
  const runs: { producer: Producer; outcome: MaybePromise<Outcome> }[] = [];
  for (const producer of producers) {
    const { rule, action } = producer;
    if (rule.match.evaluate(bag, reads) !== true) continue;
    const instance = action.instance.build(bag, reads);
    const outcome =
      instance === undefined
        ? failed(action.handler, `instance "${action.instance.name}" has a field without a value`, ambient)
        : call(
            action.handler,
            action.handler.handles.get(action.instance.template.name) as HandleFunction,
            [instance],
            scope,
            ambient,
          );
    runs.push({ producer, outcome });
  }
  const collect = (outcomes: readonly Outcome[]) => assemble(runs, outcomes, bag, reads, ambient);
  const outcomes = runs.map(run => run.outcome);
  return outcomes.some(isPromise) ? Promise.all(outcomes).then(collect) : collect(outcomes as Outcome[]);
}

function assemble(
  runs: readonly { readonly producer: Producer }[],
  outcomes: readonly Outcome[],
  bag: Bag,
  reads: Reads,
  ambient: Ambient,
): Production {
  const extended = bag.over(bag.vocabulary);
  const produced = new Set<number>();
  const failures = new Map<number, KraterError>();
  const validities: Validity[] = [];
  const handlers: Handler[] = [];
  for (const [index, { producer }] of runs.entries()) {
    const { handler, instance } = producer.action;
    handlers.push(handler);
    let outcome = outcomes[index] as Outcome;
    const slots = instance.bindings.map(binding => binding.slot).filter(slot => !produced.has(slot));
    if ('value' in outcome) {
      const nonsense = outputProblem(outcome.value, instance.template);
      if (nonsense !== undefined) outcome = failed(handler, nonsense, ambient);
      else {
        const target = bag.over(bag.vocabulary);
        const output = outcome.value as { readonly [field: string]: unknown };
        if (bind(instance, bag, output, target, reads)) {
          for (const slot of slots) {
            extended.values[slot] = target.values[slot];
            produced.add(slot);
          }
          const validity = validityOf(output);
          if (validity !== undefined) validities.push(validity);
        } else
          outcome = failed(
            handler,
            `an attribute bound to the output of "${instance.name}" has no value`,
            ambient,
          );
      }
    }
    if ('failure' in outcome) for (const slot of slots) failures.set(slot, outcome.failure);
  }
  return { bag: extended, produced, failures, validities, handlers };
}
