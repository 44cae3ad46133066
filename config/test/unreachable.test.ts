import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { buildService, parseUnreachable, serviceSpec } from '../src/index.ts';

const test = suite('unreachable');

test('is allow, deny, or cached with an age in milliseconds', () => {
  assert.is(parseUnreachable('allow'), 'allow');
  assert.is(parseUnreachable('deny'), 'deny');
  assert.equal(parseUnreachable('cached(30s)'), { cached: 30_000 });
  assert.equal(parseUnreachable('cached(0s)'), { cached: 0 });
});

test('is nothing else', () => {
  for (const text of [
    '',
    'Allow',
    'cached',
    'cached()',
    'cached(30)',
    'cached(-1s)',
    'cached(30s) ',
    'cached((1s))',
  ])
    assert.is(parseUnreachable(text), undefined, text);
});

test('of a Service says what is allowed where it is none', () => {
  const { error } = serviceSpec.safeParse({ unreachable: 'open' });
  assert.match(error?.issues[0]?.message ?? '', 'allowed: allow, deny, or cached(AGE)');
});

test('of a Service that leaves it out is left to the sidecar', () => {
  assert.is(buildService('ratings', 'default', serviceSpec.parse({})).unreachable, undefined);
  const spec = serviceSpec.parse({ unreachable: 'cached(1m)' });
  assert.equal(buildService('ratings', 'default', spec).unreachable, { cached: 60_000 });
});

test.run();
