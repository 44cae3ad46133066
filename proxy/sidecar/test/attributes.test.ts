import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { inboundListener, outboundListener } from '../src/index.ts';
import { eventually, exchangeRaw, mesh } from './mesh.ts';

const test = suite('attributes');

const raw =
  'POST /a/b?x=1&y=%20two+three&x=last&__proto__=p HTTP/1.1\r\nHost: Ratings:9080\r\nConnection: close\r\nUser-Agent: test\r\n' +
  'Referer: http://r/\r\nX-Many: 1\r\nX-Many: 2\r\nCookie: a=1\r\nCookie: b=2\r\n__proto__: plain\r\nContent-Length: 5\r\n\r\nhello';

test('describes the request, both ends, the response and the sizes', async () => {
  await using it = await mesh((incoming, response) => {
    incoming
      .resume()
      .on('end', () => response.writeHead(201, { 'X-Answer': 'yes', 'content-length': 2 }).end('ok'));
  });
  await exchangeRaw(it.inbound, raw);
  await eventually(() => it.reports.length === 1);
  const bag = it.reports[0];
  const expected: Record<string, unknown> = {
    'request.method': 'POST',
    'request.path': '/a/b?x=1&y=%20two+three&x=last&__proto__=p',
    'request.url_path': '/a/b',
    'request.host': 'Ratings:9080',
    'request.scheme': 'http',
    'request.useragent': 'test',
    'request.referer': 'http://r/',
    'request.size': 5,
    'response.code': 201,
    'response.size': 2,
    'context.protocol': 'http',
    'context.reporter.kind': 'inbound',
    'context.reporter.uid': 'krater://ratings-v1.shop',
    'context.proxy_error_code': '-',
    'connection.mtls': false,
    'source.ip': '127.0.0.1',
    'source.workload.name': undefined,
    'source.labels': undefined,
    'destination.service.name': 'ratings',
    'destination.service.host': 'ratings.shop.svc.cluster.local',
    'destination.service.namespace': 'shop',
    'destination.namespace': 'shop',
    'destination.workload.name': 'ratings-v1',
    'destination.serviceAccount': 'rater',
    'destination.ip': '127.0.0.1',
    'check.error_code': 0,
  };
  for (const [name, value] of Object.entries(expected)) assert.equal(bag?.get(name), value, name);

  const params = bag?.get('request.query_params') as Record<string, string>;
  assert.equal(
    { ...params },
    Object.fromEntries([
      ['x', 'last'],
      ['y', ' two three'],
      ['__proto__', 'p'],
    ]),
  );
  const headers = bag?.get('request.headers') as Record<string, string>;
  assert.is(headers['x-many'], '1, 2');
  assert.is(headers.cookie, 'a=1; b=2');
  assert.is(headers[':path'], '/a/b?x=1&y=%20two+three&x=last&__proto__=p');
  assert.is(Object.getOwnPropertyDescriptor(headers, '__proto__')?.value, 'plain');
  assert.is(headers.constructor, undefined);
  assert.is((bag?.get('response.headers') as Record<string, string> | undefined)?.['x-answer'], 'yes');
  assert.equal({ ...(bag?.get('destination.labels') as object) }, { app: 'ratings', version: 'v1' });
  assert.ok(
    Number(bag?.get('request.total_size')) > raw.length - 20 &&
      Number(bag?.get('request.total_size')) <= raw.length,
  );
  assert.ok(Number(bag?.get('response.duration')) >= 0);
  assert.ok(Number(bag?.get('response.time')) >= Number(bag?.get('request.time')));
  assert.match(String(bag?.get('request.id')), /^[0-9a-f-]{36}$/);
});

test('gives rules the path in one spelling, and everybody else the one that was sent', async () => {
  const asked: (string | undefined)[] = [];
  await using it = await mesh((incoming, response) => {
    asked.push(incoming.url);
    response.end();
  });
  const sent = ['/a/../secret?x=/./y', '/%73ecret', '//secret', '/./secret#top', '/a\\%2e%2E\\secret'];
  for (const target of sent)
    await exchangeRaw(it.inbound, `GET ${target} HTTP/1.1\r\nHost: ratings\r\nConnection: close\r\n\r\n`);
  await eventually(() => it.reports.length === sent.length);
  assert.equal(
    it.reports.map(bag => bag.get('request.url_path')),
    sent.map(() => '/secret'),
  );
  assert.equal(
    it.reports.map(bag => bag.get('request.path')),
    sent,
  );
  assert.equal(asked, sent);
});

test('supplies what the listeners declare: nothing else is ever set, and the report has its part', async () => {
  await using it = await mesh((_, response) => response.end('ok'));
  it.registry.setEndpoint('reviews-v1', it.sidecar.addresses.inbound);
  await fetch(`http://127.0.0.1:${it.inbound}/?a=b`, { headers: { referer: 'http://r/' } });
  await exchangeRaw(
    it.outbound,
    'GET /?a=b HTTP/1.1\r\nHost: ratings\r\nConnection: close\r\nReferer: r\r\n\r\n',
  );
  await eventually(() => it.reports.length === 3);
  for (const bag of it.reports) {
    const { supplies } = bag.get('context.reporter.kind') === 'inbound' ? inboundListener : outboundListener;
    const set = bag.vocabulary.declarations
      .filter((_, slot) => bag.values[slot] !== undefined)
      .map(({ name }) => name);
    assert.equal(
      set.filter(name => !supplies.includes(name)),
      [],
    );
    for (const name of ['response.code', 'response.duration', 'response.headers', 'request.total_size'])
      assert.ok(set.includes(name), name);
  }
});

test('passes a request id on, or makes one', async () => {
  const seen: unknown[] = [];
  await using it = await mesh((incoming, response) => {
    seen.push(incoming.headers['x-request-id']);
    response.end();
  });
  await fetch(`http://127.0.0.1:${it.inbound}/`, { headers: { 'x-request-id': 'mine' } });
  await fetch(`http://127.0.0.1:${it.inbound}/`, { headers: { 'x-request-id': 'not mine: blanks' } });
  assert.is(seen[0], 'mine');
  assert.match(seen[1] as string, /^[0-9a-f-]{36}$/);
});

test('adds an unproven caller to x-forwarded-for', async () => {
  const seen: unknown[] = [];
  await using it = await mesh((incoming, response) => {
    seen.push(incoming.headers['x-forwarded-for'], incoming.headers['x-forwarded-proto']);
    response.end();
  });
  await fetch(`http://127.0.0.1:${it.inbound}/`);
  await fetch(`http://127.0.0.1:${it.inbound}/`, {
    headers: { 'x-forwarded-for': '10.1.1.1', 'x-forwarded-proto': 'https' },
  });
  assert.equal(seen, ['127.0.0.1', 'http', '10.1.1.1, 127.0.0.1', 'https']);
});

test.run();
