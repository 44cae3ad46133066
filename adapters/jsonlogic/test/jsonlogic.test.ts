import { adapterSuite, configMistakes, createHandler, fakeContext, fakeEnv } from '@krater/mixer/testing';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import jsonlogic from '../src/index.ts';

const test = suite('jsonlogic');
const is = (name: string, value: unknown) => ({ '==': [{ var: name }, value] });
adapterSuite(jsonlogic, { test, config: { policy: is('subject.user', 'one') } });

interface Who {
  readonly user?: string;
  readonly groups?: string;
  readonly properties?: Record<string, unknown>;
}

/** Whether a policy allows an instance. */
async function allows(
  policy: object,
  subject: Who | undefined = undefined,
  action: object | undefined = undefined,
): Promise<boolean> {
  await using env = fakeEnv();
  const { authorization } = await createHandler(jsonlogic, { policy }, env);
  const { status } = await authorization({ name: 'access', subject, action } as never, fakeContext(env));
  return status.code === 'OK';
}

const mistakes = (policy: unknown) => configMistakes(jsonlogic, { policy });

test('allows what the policy says and refuses all else with the configured message', async () => {
  const policy = { or: [is('subject.user', 'zoe'), { in: [{ var: 'action.method' }, ['GET', 'HEAD']] }] };
  assert.ok(await allows(policy, { user: 'zoe' }, { method: 'POST' }));
  assert.ok(await allows(policy, { user: 'ann' }, { method: 'GET' }));
  assert.not(await allows(policy, { user: 'ann' }, { method: 'POST' }));
  await using env = fakeEnv();
  const { authorization } = await createHandler(jsonlogic, { policy, message: 'not you' }, env);
  const refusal = await authorization(
    { name: 'access', subject: undefined, action: undefined },
    fakeContext(env),
  );
  assert.equal(refusal.status, { code: 'PERMISSION_DENIED', message: 'not you' });
});

test('explains by the answer itself, since a policy has no side effects', async () => {
  await using env = fakeEnv();
  const config = jsonlogic.config.parse({ policy: is('subject.user', 'zoe') });
  const { authorization, explain } = await jsonlogic.create(config, env);
  assert.type(authorization, 'function');
  assert.equal(explain, { authorization });
});

test('names properties by key, dots and all, and keys of a property that is a map', async () => {
  const properties = { 'team.name': 'mesh', labels: { app: 'reviews', 'a.b': 'c' }, level: 3 };
  assert.ok(await allows(is('subject.properties.team.name', 'mesh'), { properties }));
  assert.ok(await allows(is('subject.properties.labels.app', 'reviews'), { properties }));
  assert.ok(await allows(is('subject.properties.labels.a.b', 'c'), { properties }));
  assert.ok(await allows({ '>=': [{ var: ['subject.properties.level', 0] }, 3] }, { properties }));
});

test('sees own properties only', async () => {
  for (const name of [
    '__proto__',
    'constructor',
    'constructor.name',
    'toString',
    'labels.__proto__',
    'team.length',
    'labels',
  ]) {
    const policy = { '!!': { var: `subject.properties.${name}` } };
    assert.not(await allows(policy, { properties: { team: 'mesh', labels: { app: 'reviews' } } }), name);
  }
  const properties = JSON.parse('{"__proto__": "plain data"}');
  assert.ok(await allows(is('subject.properties.__proto__', 'plain data'), { properties }));
});

test('takes a missing value for its default, and for null without one', async () => {
  assert.ok(await allows({ '!=': [{ var: ['subject.user', 'nobody'] }, 'zoe'] }));
  assert.not(await allows({ '!=': [{ var: ['subject.user', 'zoe'] }, 'zoe'] }));
  assert.not(await allows(is('subject.user', 'zoe')));
  assert.ok(await allows(is('subject.user', null)));
});

test('refuses a policy that may hold because something is missing', () => {
  const user = { var: 'subject.user' };
  for (const policy of [
    { '!=': [user, 'zoe'] },
    { '!': [{ '==': [user, 'zoe'] }] },
    { '<': [user, 5] },
    { '>=': [5, user] },
    { if: [{ '==': [user, 'zoe'] }, false, true] },
    { '==': [user, { var: 'subject.groups' }] },
    { in: [user, 'nullable'] },
    { '==': [{ cat: ['zoe', user] }, 'zoe'] },
  ]) {
    const found = mistakes(policy);
    assert.match(
      found[0] ?? '',
      /^policy\..*: the policy may hold because "subject.user" is missing$/,
      JSON.stringify(policy),
    );
  }
  assert.equal(mistakes({ and: [{ '==': [user, 'zoe'] }, { in: [user, ['a', 'b']] }] }), []);
});

test('knows what is missing', async () => {
  const policy = { '!': { missing: ['subject.user', 'action.path'] } };
  assert.ok(await allows(policy, { user: 'zoe' }, { path: '/' }));
  assert.not(await allows(policy, { user: 'zoe' }));
  assert.not(await allows(policy, { user: '' }, { path: '/' }));
  assert.ok(await allows({ '==': [{ merge: { missing: ['subject.user'] } }, 'subject.user'] }));
  const some = { '!': { missing_some: [1, ['subject.user', 'subject.groups']] } };
  assert.ok(await allows(some, { groups: 'staff' }));
  assert.not(await allows(some));
});

test('iterates over lists, whose elements only it can name', async () => {
  const startsWith = (path: string) => ({ some: [['/a', '/b'], { '==': [{ var: '' }, path] }] });
  assert.ok(await allows(startsWith('/a')));
  assert.not(await allows(startsWith('/c')));
  assert.ok(
    await allows({
      '==': [{ reduce: [[1, 2, 3], { '+': [{ var: 'current' }, { var: 'accumulator' }] }, 0] }, 6],
    }),
  );
  assert.match(
    mistakes({ some: [['a'], is('subject.user', 'a')] })[0] ?? '',
    /^policy\.some\.1\.==\.0\.var: inside an iteration/,
  );
});

test('refuses what it cannot check beforehand, each with its place', () => {
  const message = (policy: unknown) => mistakes(policy)[0] ?? '';
  assert.match(message({ log: 'x' }), /^policy\.log: operation "log" is not allowed/);
  assert.match(
    message({ and: [true, { method: ['x', 'at'] }] }),
    /^policy\.and\.1\.method: operation "method" is not allowed/,
  );
  assert.match(
    message({ '===': [{ starts: 'x' }, 1] }),
    /^policy\.===\.0\.starts: unknown operation "starts"/,
  );
  assert.match(message({ '!!': { var: 'subjekt.user' } }), /no field "subjekt.user"/);
  assert.match(message({ '!!': { var: 'subject.user.length' } }), /no field/);
  assert.match(message({ '!!': { var: 'subject' } }), /no field/);
  assert.match(message({ '!!': { var: { cat: ['subject', '.user'] } } }), /must be a text/);
  assert.match(message({ '!!': { missing: [{ merge: [] }] } }), /must be a text/);
  assert.match(message({ '==': [1, 1], '!=': [1, 2] }), /^policy: an object of a policy is one operation/);
  assert.match(message({}), /one operation/);
  assert.match(message({ toString: [] }), /unknown operation "toString"/);
});

test('bounds the depth, the size and the iterations of a policy', () => {
  let deep: object = { '!!': true };
  for (let depth = 0; depth < 60; depth++) deep = { and: [deep] };
  assert.match(mistakes(deep)[0] ?? '', /nested more than 50 deep/);
  assert.match(mistakes({ and: Array(6000).fill(true) })[0] ?? '', /more than 5000 parts/);
  const inner = { map: [[1], { map: [[1], { map: [[1], 1] }] }] };
  assert.match(mistakes(inner).at(-1) ?? '', /iterations nested more than 2 deep/);
});

test.run();
