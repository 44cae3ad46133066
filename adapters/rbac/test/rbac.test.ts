import { adapterSuite, configMistakes, createHandler, fakeContext, fakeEnv } from '@krater/mixer/testing';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import rbac from '../src/index.ts';

const test = suite('rbac');

const sample = {
  roles: [
    {
      name: 'reader',
      rules: [
        { services: ['products'], methods: ['GET', 'HEAD'], paths: ['/products', '/products/{id}', '*.css'] },
        { services: ['reviews'], properties: { version: ['v1', 'v2*'] } },
      ],
    },
    { name: 'admin', rules: [{ paths: ['/admin/*'], namespaces: ['inside'] }] },
    { name: 'public', rules: [{ paths: ['/health'] }] },
  ],
  bindings: [
    { role: 'reader', subjects: [{ users: ['*@example.com'] }, { groups: ['staff'] }] },
    { role: 'admin', subjects: [{ groups: ['ops*'], properties: { namespace: ['tools'], mfa: ['true'] } }] },
    { role: 'public', subjects: [{ anyone: true }] },
  ],
};
adapterSuite(rbac, { test, config: sample });

async function asking(config: object = sample) {
  const env = fakeEnv();
  const { authorization } = await createHandler(rbac, config, env);
  const ask = async (subject?: object, action?: object) =>
    authorization({ name: 'access', subject, action } as never, fakeContext(env));
  return { env, ask, code: async (...asked: object[]) => (await ask(...asked)).status.code };
}

/** Whether one rule of a role that everybody has grants an action. */
async function grants(rule: object, action: object): Promise<boolean> {
  const { code } = await asking({
    roles: [{ name: 'r', rules: [rule] }],
    bindings: [{ role: 'r', subjects: [{ anyone: true }] }],
  });
  return (await code({}, action)) === 'OK';
}

/** Whether a subject has a role. */
async function has(condition: object, subject: object): Promise<boolean> {
  const { code } = await asking({
    roles: [{ name: 'r', rules: [{}] }],
    bindings: [{ role: 'r', subjects: [condition] }],
  });
  return (await code(subject)) === 'OK';
}

const [yes, no] = ['OK', 'PERMISSION_DENIED'];
const zoe = { user: 'zoe@example.com' };

test('allows what a role of the subject grants, and nothing else', async () => {
  const { code } = await asking();
  const get = { service: 'products', method: 'GET', path: '/products/7' };
  assert.is(await code(zoe, get), yes);
  assert.is(await code({ groups: 'guests, staff' }, get), yes);
  assert.is(await code({ user: 'zoe@example.org' }, get), no);
  assert.is(await code(zoe, { ...get, method: 'DELETE' }), no);
  assert.is(await code(zoe, { ...get, service: 'orders' }), no);
  assert.is(await code(zoe, { service: 'reviews', properties: { version: 'v2.1' } }), yes);
  assert.is(await code({}, { path: '/health' }), yes);
});

test('without roles nobody may do anything', async () => {
  const { code } = await asking({ roles: [], bindings: [] });
  assert.is(await code(zoe, { path: '/' }), no);
  assert.is(await code(), no);
});

test('says what was lacking, of the rule that came nearest', async () => {
  const { ask } = await asking();
  const why = async (...asked: object[]) => (await ask(...asked)).status.message;
  const get = { service: 'products', method: 'GET', path: '/products/7' };
  assert.is(
    await why(zoe, { ...get, method: 'PUT' }),
    'role "reader" does not grant method "PUT" on path "/products/7"',
  );
  assert.is(await why(zoe, { ...get, path: '/basket' }), 'role "reader" does not grant path "/basket"');
  assert.is(
    await why(zoe, { service: 'reviews', properties: { version: 'v3' } }),
    'role "reader" does not grant the value of property "version"',
  );
  assert.is(await why({ user: 'bob' }), 'role "public" does not grant a request without path');
  const { ask: strict } = await asking({ ...sample, bindings: sample.bindings.slice(0, 2) });
  assert.is((await strict({ user: 'bob' })).status.message, 'user "bob" has no role');
  assert.is((await strict()).status.message, 'the caller is unknown and has no role');
});

test('bounds what of a request it repeats', async () => {
  const { ask } = await asking();
  const { message } = (await ask(zoe, { service: 'products', path: `/${'x'.repeat(100_000)}\n` })).status;
  assert.ok(message.length < 200);
  assert.not(message.includes('\n'));
});

test('demands every condition of a subject, and of one of them only', async () => {
  const { code } = await asking();
  const admin = { path: '/admin/users', namespace: 'inside' };
  const properties = { namespace: 'tools', mfa: true };
  assert.is(await code({ groups: 'ops-berlin', properties }, admin), yes);
  assert.is(await code({ groups: 'ops-berlin', properties: { ...properties, mfa: false } }, admin), no);
  assert.is(await code({ groups: 'ops-berlin', properties: { mfa: true } }, admin), no);
  assert.is(await code({ groups: 'dev', properties }, admin), no);
  assert.is(await code({ groups: 'ops', properties }, { ...admin, namespace: 'outside' }), no);
});

test('a star as user means everybody who is known', async () => {
  assert.ok(await has({ users: ['*'] }, zoe));
  assert.not(await has({ users: ['*'] }, {}));
  assert.not(await has({ users: ['*'] }, { user: '' }));
  assert.ok(await has({ anyone: true }, {}));
});

test('reads groups between commas, and from the list that a claim is', async () => {
  const dn = 'CN=Ops,DC=example';
  assert.ok(await has({ groups: [dn] }, { groups: JSON.stringify(['x', dn]) }));
  assert.not(await has({ groups: ['admin'] }, { groups: JSON.stringify(['guest,admin']) }));
  assert.not(await has({ groups: ['admin'] }, { groups: '["guest", ["admin"], {"admin": 1}]' }));
  assert.not(await has({ groups: ['admin'] }, { groups: '' }));
  assert.ok(await has({ groups: ['[broken'] }, { groups: '[broken' }));
});

test('compares numbers and booleans as text, takes lists apart, and never a map', async () => {
  const is = (value: unknown) => has({ properties: { level: ['3'] } }, { properties: { level: value } });
  assert.ok(await is(3));
  assert.ok(await is(3n));
  assert.ok(await is('["2","3"]'));
  assert.not(await is({ 3: '3' }));
  assert.not(await is(''));
});

test('sees own properties only', async () => {
  assert.not(await has({ properties: { constructor: ['*'] } }, { properties: {} }));
  assert.not(await has({ properties: { toString: ['*'] } }, {}));
});

const paths: readonly [pattern: string, matching: readonly string[], other: readonly string[]][] = [
  ['/a', ['/a', '/a?b=/c', '/a#b'], ['/a/', '/A', '/ab', '', 'a']],
  ['/a/*', ['/a/', '/a/b', '/a/b/c', '/a//b'], ['/a', '/ab', '/b/a/']],
  ['*.css', ['/a.css', '/b/c.css', '/a.css?x'], ['/a.css/', '/a?b=.css', '/a#.css']],
  ['*', ['/', '/a/../b', 'anything'], ['']],
  ['/p/{id}', ['/p/7', '/p/{id}', '/p/a.b'], ['/p/', '/p', '/p/7/', '/p/7/x', '/q/7']],
  ['/p/{id}/r/{n}', ['/p/7/r/1'], ['/p/7/r', '/p//r/1', '/p/7/s/1']],
  ['/p/{id}/*', ['/p/7/', '/p/7/x/y'], ['/p/7', '/p//x']],
];
for (const [pattern, matching, other] of paths) {
  test(`matches paths by ${pattern}`, async () => {
    for (const path of matching) assert.ok(await grants({ paths: [pattern] }, { path }), path);
    for (const path of other) assert.not(await grants({ paths: [pattern] }, { path }), path);
  });
}

test('lets no path wander out of what a pattern grants', async () => {
  const wandering = [
    '/a/../admin',
    '/a/..',
    '/a/./x',
    '/a/%2e%2e/admin',
    '/a/.%2E/admin',
    '/a/..%2fadmin',
    '/a/%2e%2e%5cadmin',
    '/a/..\\admin',
    '/a/..;x=1/admin',
    '/a/b/..%3b/admin',
    '/a/b/..%00/admin',
  ];
  for (const path of wandering) {
    assert.not(await grants({ paths: ['/a/*'] }, { path }), path);
    assert.not(await grants({ paths: ['*admin'] }, { path }), path);
    assert.not(await grants({ paths: ['/{x}/{y}/admin'] }, { path }), path);
  }
  for (const path of ['/a/b%2fadmin', '/a/b%5Cadmin', '/a/b\\admin'])
    assert.not(await grants({ paths: ['/a/{id}'] }, { path }), path);
  for (const path of ['/admin;.css', '/admin%00.css', '/admin%3f.css', '/admin%23.css', '/admin%3B.css'])
    assert.not(await grants({ paths: ['*.css'] }, { path }), path);
  for (const path of ['/a/...', '/a/.well-known', '/a/b..c', '/a/x.%2e'])
    assert.ok(await grants({ paths: ['/a/*'] }, { path }), path);
});

test('matches in time linear in the path and in the number of patterns', async () => {
  const long = `/${'../'.repeat(100_000)}`;
  assert.not(await grants({ paths: ['/a/*'] }, { path: long }));
  assert.not(await grants({ paths: [`/${'{a}/'.repeat(500)}x`] }, { path: `/${'a/'.repeat(200_000)}` }));
  const users = Array.from({ length: 50_000 }, (_, index) => `user-${index}`);
  assert.ok(await has({ users }, { user: 'user-49999' }));
});

test('states for how long an answer holds', async () => {
  const { ask } = await asking({ ...sample, validity: { duration: '30s', uses: 7 } });
  for (const subject of [zoe, {}])
    assert.equal((await ask(subject, { path: '/x' })).validity, { duration: 30_000, uses: 7 });
});

test('in permissive mode refuses nothing, and tells what it would refuse', async () => {
  const { env, ask, code } = await asking({ ...sample, mode: 'permissive' });
  for (let request = 0; request < 3; request++) assert.is(await code(zoe, { path: '/basket' }), yes);
  assert.is(await code({}, { path: '/health' }), yes);
  assert.is(env.measured.get('permissive_allowed'), 3);
  assert.is(env.logged.length, 1);
  assert.match(String(env.logged[0]?.fields['message']), /does not grant/);
  await env.clock.advance(10_000);
  await ask(zoe, { path: '/basket' });
  assert.is(env.logged.length, 2);
});

test('explains by the answer itself, and in permissive mode without counting', async () => {
  await using env = fakeEnv();
  const enforcing = await rbac.create(rbac.config.parse(sample), env);
  assert.equal((enforcing as { explain?: object }).explain, { authorization: enforcing.authorization });
  const permissive = await rbac.create(rbac.config.parse({ ...sample, mode: 'permissive' }), env);
  const { explain } = permissive as unknown as { explain: { authorization(): { status: object } } };
  assert.equal(explain.authorization().status, { code: 'OK', message: '' });
  assert.is(env.measured.get('permissive_allowed'), 0);
});

const mistakes = (role: object, subject: object = { anyone: true }) =>
  configMistakes(rbac, {
    roles: [{ name: 'r', rules: [role] }],
    bindings: [{ role: 'r', subjects: [subject] }],
  });

test('says where its configuration is wrong', () => {
  const at = (found: readonly string[]) => found.map(mistake => mistake.split(': ')[0]);
  const rule = 'roles.0.rules.0';
  const subject = 'bindings.0.subjects.0';
  assert.equal(mistakes({ paths: ['/a', '/b/*'] }), []);
  for (const pattern of ['', 'a', '/a*b', '**', '/a?b', '/{a}b', '/a/{}', '/{a}*', '/*/{a}', '/a}'])
    assert.equal(at(mistakes({ paths: [pattern] })), [`${rule}.paths.0`], pattern);
  for (const pattern of ['', 'a*b', '*a*'])
    assert.equal(at(mistakes({ services: [pattern] })), [`${rule}.services.0`], pattern);
  assert.equal(at(mistakes({ methods: ['GET', 'post'] })), [`${rule}.methods.1`]);
  assert.equal(at(mistakes({ methods: [] })), [`${rule}.methods`]);
  assert.equal(at(mistakes({ properties: { v: ['a*b'] } })), [`${rule}.properties.v.0`]);
  assert.equal(at(mistakes({}, {})), [subject]);
  assert.equal(at(mistakes({}, { properties: {} })), [subject]);
  assert.equal(at(mistakes({}, { anyone: true, users: ['zoe'] })), [`${subject}.anyone`]);
  const twice = { roles: [sample.roles[0], sample.roles[0]], bindings: [{ role: 'raeder', subjects: [{}] }] };
  assert.equal(at(configMistakes(rbac, twice)), ['roles.1.name', 'bindings.0.role', subject]);
});

test('finds patterns that change nothing', () => {
  const redundant = (paths: readonly string[]) =>
    mistakes({ paths }).map(mistake => Number(mistake.split(':')[0]?.split('.').at(-1)));
  assert.equal(redundant(['/a', '/a']), [1]);
  assert.equal(redundant(['/a/b', '/a/*']), [0]);
  assert.equal(redundant(['*', '/a', '/{b}']), [1, 2]);
  assert.equal(redundant(['/a/{b}', '/a/b']), [1]);
  assert.equal(redundant(['/a/*', '/a/{b}/c']), [1]);
  assert.equal(redundant(['/a/{b}', '/a/{c}']).length, 2);
  assert.equal(redundant(['*.css', '*/a.css', '/a.css', '/a/*', '/{a}/b', '/b/{a}', '/{a}']), [1, 2]);
});

test.run();
