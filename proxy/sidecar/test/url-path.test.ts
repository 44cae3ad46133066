import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { urlPath } from '../src/http/url-path.ts';

const test = suite('the path that rules compare');

const cases = Number(process.env['FUZZ_CASES'] ?? 2000);
const normal = (path: string): string => urlPath(path, path.length);

const spellings: readonly (readonly [sent: string, compared: string])[] = [
  ['/', '/'],
  ['/admin', '/admin'],
  ['/admin/', '/admin/'],
  ['*', '*'],
  ['/a/../x', '/x'],
  ['/a/b/..', '/a/'],
  ['/a/b/.', '/a/b/'],
  ['/..', '/'],
  ['/../../x', '/x'],
  ['/./x', '/x'],
  ['/a/./b', '/a/b'],
  ['/.well-known/x', '/.well-known/x'],
  ['/a/...', '/a/...'],
  ['/a/%2e%2e/x', '/x'],
  ['/a/.%2E/x', '/x'],
  ['/%2e/x', '/x'],
  ['/%63rlf', '/crlf'],
  ['/%41%7a%30%2D%5f%7E', '/Az0-_~'],
  ['/a%2fb', '/a%2Fb'],
  ['/%c3%a9', '/%C3%A9'],
  ['/100%', '/100%'],
  ['/%zz', '/%zz'],
  ['/%252e%252e/x', '/%252e%252e/x'],
  ['/a/%%32e./x', '/x'],
  ['/%%32%65', '/'],
  ['//x', '/x'],
  ['///a//b///', '/a/b/'],
  ['/a//../x', '/x'],
  ['/public\\..\\admin', '/admin'],
  ['\\admin'.replace('\\', '/\\'), '/admin'],
  ['/a%5cb', '/a%5Cb'],
  ['/admin#x', '/admin'],
  ['/é', '/é'],
];

for (const [sent, compared] of spellings) {
  test(`of ${sent} is ${compared}`, () => assert.is(normal(sent), compared));
}

test('ends where the query begins', () => {
  assert.is(urlPath('/a/../b?x=/../y', 7), '/b');
  assert.is(urlPath('/b?x=%41', 2), '/b');
});

const pieces = fc.constantFrom(
  ...[
    'a',
    'b.c',
    '.',
    '..',
    '/',
    '/',
    '\\',
    '%',
    '%2e',
    '%2E',
    '%2f',
    '%5C',
    '%25',
    '%41',
    '%3',
    '2',
    'e',
    '#',
    'é',
    ' ',
  ],
);
const path = fc.array(pieces, { maxLength: 40 }).map(parts => `/${parts.join('')}`);

test('is its own normal form and never longer than what was sent', () => {
  fc.assert(
    fc.property(path, sent => {
      const once = normal(sent);
      assert.is(normal(once), once);
      assert.ok(once.length <= sent.length);
      assert.ok(once.startsWith('/') && !/\/\/|\\|#|\/\.{1,2}(\/|$)/.test(once), once);
    }),
    { numRuns: cases },
  );
});

/** What the URL standard and RFC 3986 both define: no empty segments, no escapes but of dots, no letters to escape. */
const segment = fc.constantFrom('a', 'b.c', 'x~-_', '...', '.', '..', '%2e', '%2E%2e', '.%2e', '%2F', '100');
const separator = fc.constantFrom('/', '/', '\\');
const commonPath = fc
  .array(fc.tuple(separator, segment), { minLength: 1, maxLength: 20 })
  .map(parts => `/${parts.flat().slice(1).join('')}`);

test('is the one of the URL standard where both are defined', () => {
  fc.assert(
    fc.property(commonPath, sent => {
      assert.is(normal(sent), new URL(`http://a${sent}`).pathname);
    }),
    { numRuns: cases },
  );
});

test('of a path as long as a request head may be is found', () => {
  const sent = `/${'%2e%2E/../%61/'.repeat(5000)}`;
  assert.is(normal(sent), '/a/');
});

test.run();
