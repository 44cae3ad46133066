import logging from '@krater/adapter-logging';
import { stringMap } from '@krater/mixer';
import { adapterSuite, configMistakes, fakeEnv } from '@krater/mixer/testing';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createLogSinks } from '../src/log-sinks.ts';
import { folder, logEnv, logger, shape } from './logger.ts';

const test = suite('logging lines');
const at = 1_900_000_000_123_456;

/** The one line that an entry becomes. */
async function line(
  variables: object,
  types: Parameters<typeof shape>[0],
  config: object = {},
  more: object = {},
): Promise<string> {
  using dir = folder();
  const resource =
    'monitored_resource_type' in more
      ? { monitored_resource_type: 'STRING', monitored_resource_dimensions: {} }
      : {};
  const env = logEnv([shape(types, resource)]);
  const one = await logger({ sink: { kind: 'file', path: dir.file() }, ...config }, env);
  await one.tell(variables, { timestamp: at, ...more });
  await one.close();
  return dir.read();
}

test('writes a JSON object a line, with the variables in the order of the instance', async () => {
  const written = await line(
    { method: 'GET', code: 200, ratio: 0.5, ok: true, ip: '10.0.0.1' },
    { method: 'STRING', code: 'INT64', ratio: 'DOUBLE', ok: 'BOOL', ip: 'IP_ADDRESS' },
  );
  assert.is(
    written,
    '{"time":"2030-03-17T17:46:40.123456Z","level":"info","instance":"access","method":"GET","code":200,"ratio":0.5,"ok":true,"ip":"10.0.0.1"}\n',
  );
});

test('writes durations, moments and maps as what they are', async () => {
  const types = { took: 'DURATION', when: 'TIMESTAMP', labels: 'STRING_MAP' } as const;
  const values = {
    took: 12_300,
    when: at,
    labels: stringMap([
      ['__proto__', 'x'],
      ['app', 'ratings'],
    ]),
  };
  const written = JSON.parse(await line(values, types));
  assert.is(written.took, '12.3ms');
  assert.is(written.when, '2030-03-17T17:46:40.123456Z');
  assert.equal(Object.entries(written.labels), [
    ['__proto__', 'x'],
    ['app', 'ratings'],
  ]);
  assert.is(JSON.parse(await line(values, types, { durations: 'milliseconds' })).took, 12.3);
  assert.is(JSON.parse(await line(values, types, { durations: 'seconds' })).took, 0.0123);
});

test('writes every text so that it is read back, on one line', async () => {
  const texts = [
    '',
    'a"b\\c',
    'line\nbreak\r',
    '\u0000\u001f',
    'ünï',
    '😀',
    '\ud800 alone',
    'x'.repeat(100),
    '\u2028',
  ];
  for (const text of texts) {
    const written = await line({ text }, { text: 'STRING' });
    assert.is(written.indexOf('\n'), written.length - 1);
    assert.is(JSON.parse(written).text, text);
  }
});

test('writes integers with all of their digits, and what could not be evaluated as unknown or null', async () => {
  assert.match(await line({ big: 9223372036854775807n }, { big: 'INT64' }), '"big":9223372036854775807}');
  assert.match(
    await line({ took: Number.NaN, n: 'unknown' }, { took: 'DURATION', n: 'INT64' }),
    '"took":null,"n":"unknown"}',
  );
});

test('masks credentials and what it is told to', async () => {
  const headers = stringMap({
    Authorization: 'Bearer x',
    cookie: 'session',
    'x-card': '4242',
    accept: '*/*',
  });
  const variables = { headers, password: 'p', user: 'zoe' };
  const types = { headers: 'STRING_MAP', password: 'STRING', user: 'STRING' } as const;
  const written = JSON.parse(await line(variables, types, { mask: ['X-Card', 'user'] }));
  assert.equal(written.headers, { Authorization: '***', cookie: '***', 'x-card': '***', accept: '*/*' });
  assert.is(written.password, '***');
  assert.is(written.user, '***');
});

test('maps severities to levels and leaves out the lesser ones', async () => {
  const level = async (severity: string, config: object = {}) => {
    const written = await line({}, {}, config, { severity });
    return written === '' ? undefined : JSON.parse(written).level;
  };
  assert.is(await level('WARNING'), 'warn');
  assert.is(await level('Critical'), 'error');
  assert.is(await level('whatever'), 'info');
  assert.is(await level('p1', { severities: { p1: 'error' } }), 'error');
  assert.is(await level('debug', { level: 'info' }), undefined);
});

test('writes the chosen fields in the chosen order', async () => {
  const written = await line(
    { a: 1, b: 2, c: 3 },
    { a: 'INT64', b: 'INT64', c: 'INT64' },
    { fields: { access: ['c', 'a'] } },
  );
  assert.match(written, /"access","c":3,"a":1\}\n$/);
});

test('lets a variable take the place of what stands in front, so that no key comes twice', async () => {
  const written = await line({ time: 'noon', level: 3 }, { time: 'STRING', level: 'INT64' });
  assert.is(written, '{"instance":"access","time":"noon","level":3}\n');
});

test('adds the monitored resource', async () => {
  const written = await line(
    {},
    {},
    {},
    { monitored_resource_type: 'app', monitored_resource_dimensions: { zone: 'a' } },
  );
  assert.equal(JSON.parse(written).resource, { type: 'app', zone: 'a' });
});

test('writes text for people, safe for terminals', async () => {
  const variables = { path: '/a b', method: 'GET', evil: 'x\u001b[31m\u009b\n', took: 850, none: 0 };
  const types = {
    path: 'STRING',
    method: 'STRING',
    evil: 'STRING',
    took: 'DURATION',
    none: 'DURATION',
  } as const;
  const written = await line(variables, types, { format: 'text' }, { severity: 'warning' });
  assert.is(
    written,
    '2030-03-17T17:46:40.123456Z warn access path="/a b" method=GET evil="x\\u001b[31m\\u009b\\n" took="850µs" none=0s\n',
  );
});

for (const [code, fields] of [
  ['LOGGING_UNKNOWN_INSTANCE', { acess: ['n'] }],
  ['LOGGING_UNKNOWN_FIELD', { access: ['m'] }],
] as const) {
  test(`refuses a selection of what is not sent with ${code}`, async () => {
    const error = await logger({ fields }).then(String, error => error);
    assert.is(error.code, code);
    assert.ok(error.hint);
  });
}

for (const [path, config] of [
  ['sink.kind', { sink: { kind: 'syslog' } }],
  ['sink.path', { sink: { kind: 'file' } }],
  ['queue.size', { queue: { size: '10MB' } }],
  ['queue.size', { queue: { size: '1KiB' } }],
  ['sink.rotate.size', { sink: { kind: 'file', path: 'x', rotate: { size: '1KiB' } } }],
] as const) {
  test(`finds the mistake at ${path} in ${JSON.stringify(config)}`, () => {
    const found = configMistakes(logging, config);
    assert.is(found.length, 1);
    assert.ok(found[0]?.startsWith(`${path}: `), found[0]);
  });
}

adapterSuite(logging, {
  test,
  config: { sink: { kind: 'file', path: '/dev/null' } },
  services: [{ token: logging.needs['sinks'] as never, create: () => createLogSinks(fakeEnv()) }],
});

test.run();
