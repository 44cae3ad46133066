import { writeFileSync } from 'node:fs';
import { constants } from 'node:http2';
import { join } from 'node:path';
import { statusCodes, valueTypes } from '@krater/mixer';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { codeOf } from '../source/code.ts';
import { type CodeWord, codeWordsIn } from '../source/code-word.ts';
import { buildErrorPage, errorPage, readErrorCodes } from '../source/error-page.ts';
import { filesOf, readPackages, root, textOf } from '../workspace.ts';

const errors = suite('error codes');

const codes = await readErrorCodes();
const packages = readPackages().filter(({ manifest }) => manifest.private !== true);

/** Capital words that are no codes of ours: status codes, value types, the environment's names, codes of Node, yaml, HTTP/2 and gRPC. */
const otherWords = new Set<string>([
  ...Object.keys(statusCodes),
  ...valueTypes,
  ...Object.keys(constants).map(name => name.replace(/^NGHTTP2_/, '')),
  'MODULE_NOT_FOUND',
  'NOT_SERVING',
  'TAG_RESOLVE_FAILED',
]);
const isForeign = (word: string) => otherWords.has(word) || /^(?:ERR|UV|KRATER|OTEL)_/.test(word);

/** The words of a package's sources that may be codes, its catalogues apart. */
function wordsOf(folder: string): CodeWord[] {
  const sources = filesOf(folder, 'src/**/*.ts').filter(path => !path.endsWith('/codes.ts'));
  return sources.flatMap(path => codeWordsIn(codeOf(path)));
}

const areaOf = (word: string) => word.slice(0, word.indexOf('_'));
const areas = new Set(codes.map(({ code }) => areaOf(code)));

/** A word that is compared with something else than a code, such as a type, is none itself unless it begins as ours do. */
const isCode = ({ word, comparedWith }: CodeWord) =>
  comparedWith === undefined || /code|case/i.test(comparedWith) || areas.has(areaOf(word));

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
  const words = packages.flatMap(({ folder }) => wordsOf(folder));
  const raised = new Set(words.filter(one => one.comparedWith === undefined).map(({ word }) => word));
  const unused = codes.filter(({ code }) => !raised.has(code));
  assert.equal(
    unused.map(({ code, file }) => `${code} of ${file}`),
    [],
  );
});

errors('are all in a catalogue when raised or compared', () => {
  const known = new Set(codes.map(({ code }) => code));
  const unknown = packages.flatMap(({ folder }) =>
    wordsOf(folder)
      .filter(one => isCode(one) && !known.has(one.word) && !isForeign(one.word))
      .map(({ word }) => `${word} in ${folder}`),
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
