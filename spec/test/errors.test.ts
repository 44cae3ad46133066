import { writeFileSync } from 'node:fs';
import { constants } from 'node:http2';
import { join } from 'node:path';
import { statusCodes, valueTypes } from '@krater/mixer';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { codeOf } from '../source/code.ts';
import { buildErrorPage, errorPage, readErrorCodes } from '../source/error-page.ts';
import { filesOf, readPackages, root, textOf } from '../workspace.ts';

const errors = suite('error codes');

const codes = await readErrorCodes();
const packages = readPackages().filter(({ manifest }) => manifest.private !== true);

/** Capital words that are no codes of ours: status codes, value types, the environment's names, codes of Node, yaml, HTTP/2 and gRPC, list types of the original. */
const otherWords = new Set<string>([
  ...Object.keys(statusCodes),
  ...valueTypes,
  ...Object.keys(constants).map(name => name.replace(/^NGHTTP2_/, '')),
  'MODULE_NOT_FOUND',
  'NOT_SERVING',
  'TAG_RESOLVE_FAILED',
  'IP_ADDRESSES',
]);
const isForeign = (word: string) => otherWords.has(word) || /^(?:ERR|UV|KRATER|OTEL)_/.test(word);

/** The capital words in quotes of a package's sources, its catalogues apart. */
function wordsOf(folder: string): Set<string> {
  const sources = filesOf(folder, 'src/**/*.ts').filter(path => !path.endsWith('/codes.ts'));
  const literals = sources.flatMap(path => [...codeOf(path).matchAll(/'([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)'/g)]);
  return new Set(literals.map(([, word = '']) => word));
}

errors('are AREA_FACT, with a cause and a remedy in lower case without a full stop', () => {
  const wrong = codes.filter(
    ({ code, cause, remedy }) =>
      !/^[A-Z][A-Z0-9]*(_[A-Z0-9]+)+$/.test(code) ||
      [cause, remedy].some(text => text === '' || /^[A-Z][a-z]|\.$/.test(text)),
  );
  assert.equal(
    wrong.map(({ code, file }) => `${code} in ${file}`),
    [],
  );
});

errors('are each declared once', () => {
  const twice = codes.filter(({ code }, index) => codes.findIndex(one => one.code === code) !== index);
  assert.equal(
    twice.map(({ code, file }) => `${code} again in ${file}`),
    [],
  );
});

errors('are each raised somewhere', () => {
  const raised = new Set(packages.flatMap(({ folder }) => [...wordsOf(folder)]));
  const unused = codes.filter(({ code }) => !raised.has(code));
  assert.equal(
    unused.map(({ code, file }) => `${code} of ${file}`),
    [],
  );
});

errors('are all in a catalogue when raised', () => {
  const known = new Set(codes.map(({ code }) => code));
  const unknown = packages.flatMap(({ folder }) =>
    [...wordsOf(folder)]
      .filter(word => !known.has(word) && !isForeign(word))
      .map(word => `${word} in ${folder}`),
  );
  assert.equal(unknown, []);
});

errors('are all on the page, which holds nothing else', () => {
  const page = buildErrorPage(codes);
  if (process.env.UPDATE) writeFileSync(join(root, errorPage), page);
  const listed = [...textOf(errorPage).matchAll(/^\| `(\w+)` /gm)].map(([, code]) => code);
  assert.equal(listed.toSorted(), codes.map(({ code }) => code).toSorted());
  assert.is(textOf(errorPage), page, 'the page is out of date: UPDATE=1 npm run check errors');
});

errors.run();
