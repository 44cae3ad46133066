import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { original, translated } from './reading.ts';

const names = suite("the original's names");

const declared = [
  original('handler', 'h', 'compiledAdapter: stdio', 'apps'),
  original('stdio', 'h', '{}', 'apps'),
  original('denier', 'h', '{}', 'apps'),
  original('handler', 'far', 'compiledAdapter: denier', 'other'),
  original('denier', 'far', '{}', 'other'),
  original('handler', 'twice', 'compiledAdapter: denier', 'denier'),
  original('denier', 'twice', '{}', 'apps'),
  original('instance', 'requests', 'compiledTemplate: metric', 'apps'),
  original('metric', 'requests', 'value: "1"', 'apps'),
  original('logentry', 'requests', '{}', 'apps'),
  original('logentry', 'requests', '{}', 'other'),
].join('');

/** What a rule in namespace `apps` is translated to refer to. */
function referred(handler: string, instance: string): [unknown, unknown] {
  const rule = original('rule', 'r', `actions: [{ handler: ${handler}, instances: [${instance}] }]`, 'apps');
  const spec = translated(declared + rule).specs['Rule/r'] as {
    actions: [{ handler: string; instances: [string] }];
  };
  return [spec.actions[0].handler, spec.actions[0].instances[0]];
}

const cases: [sentence: string, handler: string, instance: string, expected: [string, string]][] = [
  ['of one part mean the own namespace', 'h', 'requests', ['h', 'requests']],
  ['of two parts mean a kind first', 'h.denier', 'requests.metric', ['h.denier', 'requests.metric']],
  ['of two parts mean the newer kind too', 'h.handler', 'requests.instance', ['h', 'requests']],
  [
    'of two parts mean a namespace where there is no such kind',
    'far.other',
    'requests.logentry',
    ['far.other', 'requests.logentry'],
  ],
  [
    'that can mean a kind or a namespace mean the kind',
    'twice.denier',
    'requests',
    ['twice.denier', 'requests'],
  ],
  [
    'of three parts are complete',
    'far.handler.other',
    'requests.logentry.other',
    ['far.other', 'requests.logentry.other'],
  ],
  [
    'of three parts may be of a kind of its own',
    'far.denier.other',
    'requests.metric.apps',
    ['far.denier.other', 'requests.metric'],
  ],
  ['may lead to native documents', 'mine', 'theirs.instance.elsewhere', ['mine', 'theirs.elsewhere']],
  [
    'that lead nowhere go on as they are',
    'no.such.handler',
    'not.this.one.either',
    ['no.such.handler', 'not.this.one.either'],
  ],
];

for (const [sentence, handler, instance, expected] of cases) {
  names(`${sentence}: ${handler}, ${instance}`, () => assert.equal(referred(handler, instance), expected));
}

names('of kinds named after adapters and templates are kept apart by kind', () => {
  const { documents, problems } = translated(declared);
  assert.equal(problems, []);
  const ids = documents.map(({ kind, namespace, name }) => `${kind}/${namespace}/${name}`);
  assert.is(new Set(ids).size, ids.length);
});

names('are visible from every namespace', () => {
  const { documents } = translated(declared);
  for (const { spec } of documents) assert.equal((spec as { exportTo: string[] }).exportTo, ['*']);
});

names('in params are those of the instances, however they are written', () => {
  const texts = [
    'requests.instance.apps',
    'requests.metric.apps',
    'requests.logentry.other',
    'requests',
    'requests.metric',
    'unheard.of.name',
  ];
  const quotas = texts.map(name => `- { name: ${name}, maxAmount: 1 }`).join('\n');
  const { specs } = translated(declared + original('memquota', 'q', `quotas:\n${quotas}`, 'apps'));
  const { params } = specs['Handler/q.memquota'] as { params: { quotas: { name: string }[] } };
  assert.equal(
    params.quotas.map(({ name }) => name),
    ['requests', 'requests.metric', 'requests.logentry', 'requests', 'requests.metric', 'unheard.of.name'],
  );
});

names.run();
