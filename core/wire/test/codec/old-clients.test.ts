import { type Charge, ok, type Reference, standardVocabulary } from '@krater/mixer';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { forOldClients } from '../../src/codec/old-clients.ts';
import type { CheckReply } from '../../src/index.ts';

const test = suite('answers for old clients');

const charge: Charge = {
  quota: 'requests',
  handler: 'limit',
  amount: 1,
  dimensions: {},
  onError: 'allow',
};

function replyOf(references: readonly Reference[], charges: readonly Charge[] = []): CheckReply {
  return {
    status: ok,
    validity: { duration: 5_000, uses: 10_000 },
    references,
    requestHeaders: [],
    responseHeaders: [],
    quotas: {},
    krater: { decision: 'm.1', node: 'm', snapshot: 's', epochs: [], charges },
  };
}

const usesOf = (...references: readonly Reference[]) =>
  forOldClients(replyOf(references), standardVocabulary).validity.uses;

test('hold for a second at most, and bring nothing of ours', () => {
  const told = forOldClients(replyOf([{ name: 'source.ip', present: true }]), standardVocabulary);
  assert.equal(told.validity, { duration: 1_000, uses: 10_000 });
  assert.is(told.krater, undefined);
  const short = { ...replyOf([]), validity: { duration: 20, uses: Infinity } };
  assert.equal(forOldClients(short, standardVocabulary).validity, { duration: 20, uses: Infinity });
});

test('may not be used again where a use is charged', () => {
  assert.is(forOldClients(replyOf([], [charge]), standardVocabulary).validity.uses, 0);
});

test('may not be used again where they depended on a whole map', () => {
  assert.is(usesOf({ name: 'request.headers', present: true, whole: true }), 0);
  const key = { name: 'request.headers', key: 'user', present: true };
  assert.is(usesOf({ name: 'request.headers', present: true, whole: true }, key), 0);
});

test('may be used again where a key that is there says that the map is', () => {
  const map = { name: 'request.headers', present: true };
  assert.is(usesOf(map), 0);
  assert.is(usesOf({ ...map, present: false }), 0);
  assert.is(usesOf(map, { ...map, key: 'user', present: false }), 0);
  assert.is(usesOf(map, { ...map, key: 'user' }), 10_000);
  assert.is(usesOf(map, { ...map, key: 'a', present: false }, { ...map, key: 'user' }), 10_000);
  assert.is(usesOf(map, { name: 'source.labels', key: 'user', present: true }), 0);
});

test.run();
