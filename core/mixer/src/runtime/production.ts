import { KraterError } from '@krater/documents';
import type { HandlerEpoch } from '../decision.ts';
import type { Reads } from '../expression/reads.ts';
import type { Validity } from '../result.ts';
import type { MaybePromise } from '../value.ts';
import type { Bag } from '../vocabulary/bag.ts';
import { unreadable } from '../vocabulary/decode.ts';
import type { Ambient } from './ambient.ts';
import { outputProblem, validityProblem } from './answer.ts';
import { call, failed, isPromise, type Outcome } from './call.ts';
import type { CallScope } from './call-scope.ts';
import type { HandleFunction, Handler } from './handler.ts';
import { bind } from './instance.ts';
import type { Action } from './rule.ts';
import type { LinkedRule, LiveRule, Producer } from './snapshot.ts';
import { validityOf } from './validity.ts';

/** The producers that rules read the outputs of, each once; undefined where there are none, as for most requests. */
export function producersOf(
  rules: readonly LinkedRule[],
  when: 'checkProducers' | 'reportProducers',
): Set<Producer> | undefined {
  let producers: Set<Producer> | undefined;
  for (const rule of rules) {
    for (const producer of rule[when]) producers = (producers ?? new Set<Producer>()).add(producer);
  }
  return producers;
}

/** A producer that failed, and how. */
export interface ProducerFailure {
  readonly action: Action<Handler>;
  readonly failure: KraterError;
}

/** The request as some rules see it: what producers have filled in stands over what the client sent. */
export interface View {
  readonly bag: Bag;
  readonly reads: Reads;
  /** Slots that producers filled: what reads them depends on the producers' inputs instead. */
  readonly produced: ReadonlySet<number>;
  /** Slots that a failed producer should have filled. They are unreadable, so what depends on them is unknown. */
  readonly failures: ReadonlyMap<number, ProducerFailure>;
}

/** What producers made of a request. Root rules see what root producers fill in, and no tenant's. */
export interface Production {
  readonly root: View;
  readonly own: View;
  readonly validities: readonly Validity[];
  /** Of the handlers that were asked, before they were. */
  readonly epochs: readonly HandlerEpoch[];
}

const none: readonly never[] = [];
const produced: ReadonlySet<number> = new Set();
const failures: ReadonlyMap<number, ProducerFailure> = new Map();

/** The production of a request that needs no producer. */
export function unproduced(bag: Bag, reads: Reads): Production {
  const view: View = { bag, reads, produced, failures };
  return { root: view, own: view, validities: none, epochs: none };
}

/** The view of the request that a rule has. */
export function viewOf({ root, own }: Production, { isRoot }: LinkedRule): View {
  return isRoot ? root : own;
}

/** The failed producer of something that a rule reads. */
export function failedProducer(
  reads: ReadonlySet<number>,
  { failures: found }: View,
): ProducerFailure | undefined {
  if (found.size === 0) return undefined;
  for (const [slot, failure] of found) if (reads.has(slot)) return failure;
  return undefined;
}

export interface ProductionContext {
  readonly scope: CallScope;
  readonly ambient: Ambient;
  /** Gives the recorder for what is read of a view. */
  readonly recorder: () => Reads;
}

/** What one producer came to. */
interface Product {
  readonly rule: LiveRule;
  readonly action: Action<Handler>;
  /** Holds the values of the bound slots; undefined where it failed. */
  readonly values: Bag | undefined;
  readonly failure: KraterError | undefined;
  readonly validity: Validity | undefined;
}

/**
 * Runs producers over the original bag, all at once; they do not chain. Of two that output the same attribute the first
 * in rule order stands, also if it fails.
 */
export function produce(
  producers: ReadonlySet<Producer>,
  bag: Bag,
  reads: Reads,
  context: ProductionContext,
): MaybePromise<Production> {
  const inOrder = [...producers].sort((a, b) => a.rule.order - b.rule.order || a.position - b.position);
  const running: MaybePromise<Product>[] = [];
  const epochs: HandlerEpoch[] = [];
  for (const producer of inOrder) {
    if (!applies(producer, bag, reads)) continue;
    const { plan, epoch } = producer.action.handler;
    epochs.push({ handler: plan.id, epoch });
    running.push(run(producer, bag, reads, context));
  }
  const collect = (products: readonly Product[]): Production => {
    const ofRoot = products.filter(({ rule }) => rule.isRoot);
    const root = fill(bag, ofRoot, ofRoot.length === 0 ? reads : context.recorder());
    const own = ofRoot.length === products.length ? root : fill(bag, products, context.recorder());
    return { root, own, validities: products.flatMap(({ validity }) => validity ?? []), epochs };
  };
  return running.some(isPromise) ? Promise.all(running).then(collect) : collect(running as Product[]);
}

function applies({ rule }: Producer, bag: Bag, reads: Reads): boolean {
  const value = rule.match.evaluate(bag, reads);
  const holds = value === true || (value === undefined && rule.onMissing === 'apply');
  if (rule.producesOnly) {
    if (value === undefined) rule.statistics.unknown++;
    if (holds) rule.statistics.matched++;
  }
  return holds;
}

function run(
  { rule, action }: Producer,
  bag: Bag,
  reads: Reads,
  { scope, ambient }: ProductionContext,
): MaybePromise<Product> {
  const { handler, instance } = action;
  const product = (outcome: Outcome): Product => {
    const found = 'failure' in outcome ? outcome.failure : valuesOf(action, outcome.value, bag, reads);
    if (!(found instanceof KraterError)) return { rule, action, failure: undefined, ...found };
    rule.statistics.errors++;
    // What the handler itself failed with has been counted where it was called.
    const { failure } = 'failure' in outcome ? outcome : failed(handler, found, ambient);
    return { rule, action, failure, values: undefined, validity: undefined };
  };
  const built = instance.build(bag, reads);
  if (built === undefined) {
    const message = `instance "${instance.name}" of rule "${rule.id}" has a field without a value`;
    return product(failed(handler, new KraterError('INSTANCE_FIELD_UNKNOWN', message), ambient));
  }
  const handle = handler.handles.get(instance.template.name) as HandleFunction;
  const outcome = call(handler, handle, [built], scope, ambient);
  return isPromise(outcome) ? (outcome as Promise<Outcome>).then(product) : product(outcome as Outcome);
}

/** What a handler's output defines, or why that is nothing. */
function valuesOf(
  { handler, instance }: Action<Handler>,
  output: unknown,
  bag: Bag,
  reads: Reads,
): { values: Bag; validity: Validity | undefined } | KraterError {
  const validity = typeof output === 'object' && output !== null ? validityOf(output) : undefined;
  const nonsense =
    outputProblem(output, instance.template) ??
    (validity === undefined ? undefined : validityProblem(validity));
  if (nonsense !== undefined)
    return new KraterError('HANDLER_NONSENSE', `handler "${handler.plan.id}" ${nonsense}`);
  const values = bag.over(bag.vocabulary);
  if (bind(instance, bag, output as Record<string, unknown>, values, reads)) return { values, validity };
  const message = `an attribute bound to the output of "${instance.name}" has no value`;
  return new KraterError('INSTANCE_FIELD_UNKNOWN', message);
}

function fill(bag: Bag, products: readonly Product[], reads: Reads): View {
  if (products.length === 0) return { bag, reads, produced, failures };
  const filled = bag.over(bag.vocabulary);
  const slots = new Set<number>();
  const failed = new Map<number, ProducerFailure>();
  for (const { action, values, failure } of products) {
    for (const { slot } of action.instance.bindings) {
      if (slots.has(slot)) continue;
      slots.add(slot);
      if (failure !== undefined) failed.set(slot, { action, failure });
      filled.values[slot] = values === undefined ? unreadable : values.values[slot];
    }
  }
  return { bag: filled, reads, produced: slots, failures: failed };
}
