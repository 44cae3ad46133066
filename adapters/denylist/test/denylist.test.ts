import { adapterSuite, configMistakes, createHandler, fakeContext, fakeEnv } from '@krater/mixer/testing';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import denylist from '../src/index.ts';

const test = suite('denylist');
adapterSuite(denylist, { test });

/** Asks about values and says the codes of the answers. */
async function codes(config: object, ...values: unknown[]): Promise<string[]> {
  await using env = fakeEnv();
  const { listentry } = await createHandler(denylist, config, env);
  return Promise.all(
    values.map(
      async value =>
        (await listentry({ name: 'value', value: value as string }, fakeContext(env))).status.code,
    ),
  );
}
const [yes, no, bad] = ['OK', 'PERMISSION_DENIED', 'INVALID_ARGUMENT'];

test('denies what is listed, or with mode allow all else', async () => {
  assert.equal(await codes({ entries: ['v3'] }, 'v3', 'v2', 'V3'), [no, yes, yes]);
  assert.equal(await codes({ entries: ['v3'], mode: 'allow' }, 'v3', 'v2'), [yes, no]);
});

test('explains by the answer itself, since looking up has no side effects', async () => {
  await using env = fakeEnv();
  const { listentry, explain } = await denylist.create(denylist.config.parse({ entries: ['v3'] }), env);
  assert.type(listentry, 'function');
  assert.equal(explain, { listentry });
});

test('an empty list denies nothing, or with mode allow everything', async () => {
  assert.equal(await codes({}, 'v3', ''), [yes, yes]);
  assert.equal(await codes({ mode: 'allow' }, 'v3', ''), [no, no]);
  assert.equal(await codes({ type: 'regex' }, 'v3', ''), [yes, yes]);
});

test('compares numbers and booleans as text, and refuses a map', async () => {
  assert.equal(await codes({ entries: ['3', 'true'] }, 3, 3n, true, { a: '3' }), [no, no, no, bad]);
});

test('ignores case if told to', async () => {
  assert.equal(await codes({ entries: ['Zoe'], type: 'case-insensitive' }, 'zoe', 'ZOE', 'ann'), [
    no,
    no,
    yes,
  ]);
});

test('takes names such as __proto__ for plain entries', async () => {
  assert.equal(await codes({ entries: ['__proto__'] }, '__proto__', 'constructor'), [no, yes]);
});

test('finds addresses in ranges of both families', async () => {
  const entries = ['10.0.0.0/8', '192.168.1.7', '2001:db8::/32', '::1'];
  const denied = ['10.0.0.0', '10.255.255.255', '192.168.1.7', '2001:db8::', '2001:db8:ffff::1', '::1'];
  const allowed = [
    '9.255.255.255',
    '11.0.0.0',
    '192.168.1.6',
    '192.168.1.8',
    '2001:db7:ffff::1',
    '2001:db9::',
    '::2',
  ];
  assert.equal(
    await codes({ entries, type: 'cidr' }, ...denied),
    denied.map(() => no),
  );
  assert.equal(
    await codes({ entries, type: 'cidr' }, ...allowed),
    allowed.map(() => yes),
  );
});

test('takes an IPv4 address and its IPv4-in-IPv6 form for the same, in the list and in the value', async () => {
  assert.equal(await codes({ entries: ['10.0.0.0/8'], type: 'cidr' }, '::ffff:10.1.2.3', '::ffff:a01:203'), [
    no,
    no,
  ]);
  assert.equal(await codes({ entries: ['::ffff:10.0.0.0/104'], type: 'cidr' }, '10.1.2.3', '11.1.2.3'), [
    no,
    yes,
  ]);
  assert.equal(await codes({ entries: ['::/0'], type: 'cidr' }, '2001:db8::1', '10.1.2.3'), [no, yes]);
  assert.equal(await codes({ entries: ['0.0.0.0/0'], type: 'cidr' }, '255.255.255.255', '::1'), [no, yes]);
});

test('ignores what an entry says beyond its prefix', async () => {
  assert.equal(await codes({ entries: ['10.1.2.3/8'], type: 'cidr' }, '10.9.9.9'), [no]);
});

test('refuses what is no address as a bad value, which is not reused', async () => {
  const config = { entries: ['10.0.0.0/8'], type: 'cidr' };
  const values = [
    '',
    'zoe',
    '10.1',
    '010.1.2.3',
    '10.1.2.3.4',
    '10.1.2.256',
    'fe80::1%eth0',
    '10.0.0.0/8',
    ' 10.0.0.1',
    '167772161',
  ];
  assert.equal(
    await codes(config, ...values),
    values.map(() => bad),
  );
  await using env = fakeEnv();
  const { listentry } = await createHandler(denylist, config, env);
  const { status, validity } = await listentry({ name: 'value', value: 'zoe' }, fakeContext(env));
  assert.is(status.message, '"zoe" is no address');
  assert.equal(validity, { duration: 0, uses: 0 });
});

test('matches regular expressions anywhere in the value, in linear time', async () => {
  const entries = ['^/admin(/|$)', '\\.bak$', '(a+)+$'];
  assert.equal(await codes({ entries, type: 'regex' }, '/admin', '/administer', '/x.bak', '/x.bak/'), [
    no,
    yes,
    no,
    yes,
  ]);
  assert.equal(await codes({ entries: ['^(a+)+$'], type: 'regex' }, `${'a'.repeat(50_000)}b`), [yes]);
});

test('looks up among 100,000 ranges', async () => {
  const entries = Array.from(
    { length: 100_000 },
    (_, index) => `${10 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}.0/25`,
  );
  assert.equal(
    await codes(
      { entries, type: 'cidr' },
      '10.0.0.1',
      '10.0.0.200',
      '11.100.7.9',
      '11.100.7.129',
      '200.0.0.1',
    ),
    [no, yes, no, yes, yes],
  );
});

test('states for how long an answer holds', async () => {
  await using env = fakeEnv();
  const { listentry } = await createHandler(denylist, { validity: { duration: '30s', uses: 7 } }, env);
  assert.equal((await listentry({ name: 'value', value: 'a' }, fakeContext(env))).validity, {
    duration: 30_000,
    uses: 7,
  });
});

test('says what is wrong with its configuration', () => {
  const paths = (config: object) => configMistakes(denylist, config).map(mistake => mistake.split(': ')[0]);
  assert.equal(paths({ entries: ['10.0.0.0/8', '10.0.0.0/33', 'zoe', '::1/129'], type: 'cidr' }), [
    'entries.1',
    'entries.2',
    'entries.3',
  ]);
  assert.equal(paths({ entries: ['a', '(', '(?=a)'], type: 'regex' }), ['entries.1', 'entries.2']);
  assert.equal(paths({ url: 'http://127.0.0.1/', file: 'a' }), ['url']);
  assert.equal(paths({ url: 'ftp://127.0.0.1/' }), ['url']);
  assert.equal(paths({ url: 'http://127.0.0.1/', refresh: '10ms' }), ['refresh']);
  assert.equal(paths({ url: 'http://127.0.0.1/', expiry: '10s' }), ['expiry']);
  assert.equal(paths({ timeout: '0s' }), ['timeout']);
});

test.run();
