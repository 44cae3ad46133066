import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { original, translated } from './reading.ts';

const rules = suite("the original's rules");

const action = 'actions: [{ handler: h, instances: [i] }]';

for (const match of ['match: ""', "match: '  '", 'match:', '']) {
  rules(`match always where the match is ${match === '' ? 'left out' : JSON.stringify(match)}`, () => {
    const { specs, problems } = translated(original('rule', 'r', `${match}\n${action}`));
    assert.equal(problems, []);
    assert.equal(specs['Rule/r'], { match: true, actions: [{ handler: 'h', instances: ['i'] }] });
  });
}

rules('keep their match and the name of an action', () => {
  const { specs } = translated(
    original(
      'rule',
      'r',
      'match: context.protocol == "http"\nactions: [{ name: x, handler: h, instances: [i] }]',
    ),
  );
  const actions = [{ name: 'x', handler: 'h', instances: ['i'] }];
  assert.equal(specs['Rule/r'], { match: 'context.protocol == "http"', actions });
});

const operations = [
  { operation: 'replace', name: 'x-user', values: ['x.output.user'] },
  { operation: 'append', name: 'x-tag', values: ['"a"', '"b"'] },
  { operation: 'remove', name: 'x-secret' },
  { name: 'x-plain', values: ['"c"'] },
];
const written = `
- { name: x-user, values: [x.output.user], operation: REPLACE }
- { name: x-tag, values: ['"a"', '"b"'], operation: 2 }
- { name: x-secret, operation: REMOVE }
- { name: x-plain, values: ['"c"'] }`;

for (const [request, response] of [
  ['requestHeaderOperations', 'responseHeaderOperations'],
  ['request_header_operations', 'response_header_operations'],
]) {
  rules(`change headers by ${request} and ${response}`, () => {
    const { specs, problems } = translated(
      original('rule', 'r', `${request}:${written}\n${response}:${written}`),
    );
    assert.equal(problems, []);
    const expected = {
      match: true,
      requestHeaderOperations: operations,
      responseHeaderOperations: operations,
    };
    assert.equal(specs['Rule/r'], expected);
  });
}

rules('are marked as imported, and are in the root namespace where they name none', () => {
  const { documents } = translated(original('rule', 'r', action) + original('rule', 'r', action, 'default'));
  assert.equal(
    documents.map(({ namespace, imported }) => [namespace, imported]),
    [
      ['istio-system', true],
      ['default', true],
    ],
  );
});

rules.run();
