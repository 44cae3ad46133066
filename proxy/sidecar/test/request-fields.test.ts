import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { queryParams } from '../src/http/query-params.ts';
import { sortRequestFields } from '../src/http/request-fields.ts';
import { isAuthority, parseRequestTarget } from '../src/http/request-target.ts';

const test = suite('request fields');

const numRuns = Number(process.env['FUZZ_CASES'] ?? 2_000);

test('forward nothing that concerns the connection, the sidecar or Krater, in any spelling', () => {
  const name = fc.oneof(
    fc.constantFrom(
      'Connection',
      'KEEP-ALIVE',
      'te',
      'Upgrade',
      'Proxy-Connection',
      'Transfer-Encoding',
      'Host',
      'Content-Length',
    ),
    fc.constantFrom(
      'X-Krater-Peer',
      'x_krater_peer',
      'X-KRATER-anything',
      'x-istio-attributes',
      'traceparent',
      'X-B3-TraceId',
    ),
    fc.constantFrom('User', 'user', 'X-Named', 'Cookie', '__proto__', 'constructor', 'toString'),
  );
  const value = fc.constantFrom('1', 'user', 'X-Named, close', 'keep-alive,USER', '', 'host, content-length');
  const forbidden =
    /^(connection|keep-alive|te|upgrade|proxy-connection|transfer-encoding|host|content-length|x[-_]krater.*|x-istio-attributes|traceparent|x-b3-.*)$/i;
  const property = fc.property(fc.array(fc.tuple(name, value), { maxLength: 12 }), pairs => {
    const { map, forwarded } = sortRequestFields(pairs.flat());
    const names = forwarded.filter((_, index) => index % 2 === 0).map(one => one.toLowerCase());
    assert.equal(
      names.filter(one => forbidden.test(one)),
      [],
    );
    assert.equal(
      Object.keys(map).filter(key => /^x[-_](krater|istio)/.test(key)),
      [],
    );
    const named = pairs
      .filter(([key]) => key === 'Connection')
      .flatMap(([, text]) => text.toLowerCase().split(/,\s*/));
    for (const one of ['user', 'x-named']) {
      assert.is(names.includes(one), Object.hasOwn(map, one), 'policy sees what the application sees');
      if (named.includes(one)) assert.not(names.includes(one));
    }
    for (const key of ['__proto__', 'constructor', 'toString']) {
      if (!pairs.some(([given]) => given.toLowerCase() === key.toLowerCase()))
        assert.is(map[key.toLowerCase()], undefined);
    }
  });
  fc.assert(property, { numRuns });
});

test('read any query without failing', () => {
  const property = fc.property(fc.string(), text => {
    const path = `/?${text}`;
    const params = queryParams(path, 1);
    assert.ok(params === undefined || Object.values(params).every(value => typeof value === 'string'));
  });
  fc.assert(property, { numRuns });
  assert.is(queryParams('/', -1), undefined);
  assert.is(queryParams('/?', 1), undefined);
  assert.equal({ ...queryParams('/?a&b=%zz&c=%41+&=x&a=2', 1) }, { a: '2', b: '%zz', c: 'A ', '': 'x' });
});

test('take a host only in a form that everybody reads alike', () => {
  for (const good of ['a', 'a.b:80', '127.0.0.1:1', '[::1]', '[::1]:80', 'a:'])
    assert.ok(isAuthority(good), good);
  for (const bad of ['', 'a b', 'a@b', 'a/b', 'a:b', 'a:123456', '[::1', '::1', 'a,b ', 'a\tb', 'a#b', 'a?b'])
    assert.not(isAuthority(bad), bad);
});

test('take origin form, absolute form with http, and an asterisk for OPTIONS', () => {
  assert.equal(parseRequestTarget('GET', '/a?b'), { path: '/a?b' });
  assert.equal(parseRequestTarget('OPTIONS', '*'), { path: '*' });
  assert.equal(parseRequestTarget('GET', 'HTTP://a:1/b?c'), { authority: 'a:1', path: '/b?c' });
  for (const target of ['a', '*', 'https://a/', 'http://', 'http:///x', 'ftp://a/'])
    assert.is(parseRequestTarget('GET', target), undefined, target);
});

test.run();
