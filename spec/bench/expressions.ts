import {
  Bag,
  compileExpression,
  type Expression,
  Reads,
  type StringMap,
  standardVocabulary,
  stringMap,
  type Value,
} from '@krater/mixer';
import { parse } from '@marcbachmann/cel-js';
import jsonLogic from 'json-logic-js';
import { compare, inWords } from './measure.ts';
import { absolute, type Row } from './row.ts';

/** A policy predicate of four clauses, as an operator writes it. */
const policy =
  'destination.service.name == "ratings" && request.method == "GET" && source.labels["app"] == "reviews" && request.headers["x-env"] == "staging"';

/** The same predicate for the peers; the fourth request in turn fails at the first, second, third clause or matches. */
const rule = {
  and: [
    { '==': [{ var: 'destination.service.name' }, 'ratings'] },
    { '==': [{ var: 'request.method' }, 'GET'] },
    { '==': [{ var: 'source.labels.app' }, 'reviews'] },
    { '==': [{ var: 'request.headers.x-env' }, 'staging'] },
  ],
};

const services = ['ratings', 'ratings', 'ratings', 'details'];
const methods = ['GET', 'GET', 'POST', 'GET'];
const apps = ['reviews', 'productpage', 'reviews', 'reviews'];

/** One predicate over 30 attributes against code written by hand, json-logic-js and cel-js; and what compiling costs. */
export async function run(): Promise<Row[]> {
  const expression = compiled(policy);
  const tracked = compiled(policy);
  const bags = Array.from({ length: 256 }, (_, index) => bagOf(index));
  const contexts = bags.map(nested);
  const reads = new Reads();
  const byHand = writtenByHand();
  const cel = parse(policy);
  const operations = bags.length;
  const each = <T>(values: readonly T[], evaluate: (value: T) => unknown) => ({
    operations,
    run: () => {
      let matched = 0;
      for (const value of values) if (evaluate(value) === true) matched++;
      return matched;
    },
  });
  const contenders = {
    ours: each(bags, bag => expression.evaluate(bag)),
    tracked: each(bags, bag => {
      reads.clear();
      return tracked.evaluate(bag, reads);
    }),
    byHand: each(bags, bag => byHand(bag.values)),
    jsonLogic: each(contexts, context => jsonLogic.apply(rule, context)),
    cel: each(contexts, context => cel(context)),
  };
  const answers = Object.values(contenders).map(({ run: count }) => count());
  if (new Set(answers).size !== 1) throw new Error(`the contenders disagree: ${answers.join(', ')}`);
  const { ours, tracked: recorded, byHand: hand, jsonLogic: logic, cel: fastest } = await compare(contenders);
  const slower = (what: string, mine: typeof ours, most: number): Row => {
    const ratio = mine.median / hand.median;
    return {
      what,
      ours: inWords(mine),
      peer: inWords(hand),
      ratio,
      target: `≤ ${most}×`,
      met: ratio <= most,
    };
  };
  const faster = (what: string, peer: typeof ours, least: number): Row => {
    const ratio = peer.median / ours.median;
    return {
      what,
      ours: inWords(ours),
      peer: inWords(peer),
      ratio,
      target: `≥ ${least}×`,
      met: ratio >= least,
    };
  };
  return [
    slower('predicate of 4 clauses, against code by hand', ours, 1.6),
    slower('the same with reads recorded, against code by hand', recorded, 2),
    faster('the same, against json-logic-js', logic, 25),
    faster('the same, against @marcbachmann/cel-js', fastest, 8),
    ...(await compiling()),
  ];
}

async function compiling(): Promise<Row[]> {
  const sources = (count: number) =>
    Array.from({ length: count }, (_, index) => policy.replace('ratings', `ratings-${index}`));
  const all = (many: readonly string[]) => () => many.map(source => compiled(source));
  const { one, load } = await compare(
    {
      one: { operations: 100, run: all(sources(100)) },
      load: { operations: 1, run: all(sources(10_000)) },
    },
    { rounds: 7, milliseconds: 150 },
  );
  return [
    absolute('compiling one expression', inWords(one), '≤ 20 µs', one.median <= 20),
    absolute('compiling 10,000', inWords(load), '≤ 0.5 s', load.median <= 500_000),
  ];
}

function compiled(source: string): Expression {
  const result = compileExpression(source, standardVocabulary, { expects: 'BOOL' });
  if (!result.ok) throw new Error(result.problems[0]?.message);
  return result.expression;
}

/** A text as a listener gets it: a new one from bytes, equal to no other by address. */
function fresh(text: string): string {
  return Buffer.from(text).toString('latin1');
}

/** 30 attributes, as a sidecar fills them. */
function bagOf(index: number): Bag {
  const bag = new Bag(standardVocabulary);
  const pick = (values: readonly string[]): string => fresh(values[index % values.length] as string);
  bag.put('destination.service.name', pick(services)).put('request.method', pick(methods));
  bag.put('source.labels', stringMap({ app: pick(apps), version: fresh('v2'), tier: fresh('web') }));
  const headers = {
    host: 'ratings:9080',
    accept: '*/*',
    'user-agent': 'curl/8',
    'x-env': 'staging',
    'x-request-id': `${index}`,
  };
  bag.put('request.headers', stringMap(Object.entries(headers).map(([name, value]) => [name, fresh(value)])));
  bag
    .put('source.ip', fresh('10.1.2.3'))
    .put('destination.port', 9080)
    .put('context.protocol', fresh('http'));
  const texts = standardVocabulary.declarations.filter(({ type }) => type === 'STRING').slice(0, 40);
  for (const { name } of texts) {
    if (bag.values.filter(value => value !== undefined).length >= 30) break;
    if (bag.get(name) === undefined) bag.put(name, fresh(`${name}-${index}`));
  }
  return bag;
}

/** The nested object that the peers read. */
function nested({ values, vocabulary }: Bag): Record<string, unknown> {
  const root: Record<string, unknown> = {};
  for (const [slot, { name }] of vocabulary.declarations.entries()) {
    const value = values[slot];
    if (value === undefined) continue;
    const parts = name.split('.');
    const last = parts.pop() as string;
    let at = root;
    for (const part of parts) {
      if (typeof at[part] !== 'object') at[part] = {};
      at = at[part] as Record<string, unknown>;
    }
    at[last] ??= typeof value === 'object' ? { ...value } : value;
  }
  return root;
}

function writtenByHand(): (values: readonly (Value | undefined)[]) => boolean {
  const slot = (name: string): number => standardVocabulary.slotOf(name) as number;
  const [service, method, labels, headers] = [
    'destination.service.name',
    'request.method',
    'source.labels',
    'request.headers',
  ].map(slot) as [number, number, number, number];
  return values =>
    values[service] === 'ratings' &&
    values[method] === 'GET' &&
    (values[labels] as StringMap | undefined)?.['app'] === 'reviews' &&
    (values[headers] as StringMap | undefined)?.['x-env'] === 'staging';
}
