import type { Path, Problem, SourceDocument } from '@krater/documents';
import { DocumentReader } from '@krater/documents/reader';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const places = suite('the place of a problem');

const header = 'apiVersion: krater.dev/v1\nkind: Rule\nmetadata: { name: a }\n';
const documentOf = (spec: string, before = ''): SourceDocument => {
  const text = `${before}${header}${spec}`;
  const document = new DocumentReader({ apiVersions: ['krater.dev/v1'] })
    .read([{ path: 'a.yaml', text }])
    .documents.at(-1);
  if (!document) throw new Error(`not read: ${text}`);
  return document;
};
const finding = { code: 'X', message: 'x' };
/** What the place covers; of several lines the first. */
const marked = (document: SourceDocument, { place }: Problem): string => {
  const line = document.file.text.split('\n')[place.line - 1] ?? '';
  return line.slice(place.column - 1, place.endLine === place.line ? place.endColumn - 1 : undefined);
};
const at = (spec: string, path: Path, key?: 'key') => {
  const document = documentOf(spec);
  return marked(document, document.problem(finding, key ? { path, at: key } : { path }));
};

places('is the value', () => assert.is(at('spec: { a: { b: hello } }', ['spec', 'a', 'b']), 'hello'));
places('is the item of a list', () => assert.is(at('spec: [x, [y, z]]', ['spec', 1, 0]), 'y'));
places('is the key where that is asked', () => assert.is(at('spec: { a: 1 }', ['spec', 'a'], 'key'), 'a'));
places('is the key of a value that is not written', () =>
  assert.is(at('spec:\n  a:\n  b: 1', ['spec', 'a']), 'a'),
);
places('is the key above a missing key', () =>
  assert.is(at('spec:\n  a: { b: 1 }', ['spec', 'a', 'c', 'd']), 'a'),
);
places('is the start of a map in a list that misses a key', () =>
  assert.is(at('spec:\n- a: 1\n  b: 2', ['spec', 0, 'c']), 'a'),
);
places('is the start of the document for what it misses itself', () =>
  assert.is(at('spec: 1', ['other']), 'apiVersion'),
);
places('is the anchor’s value behind an alias', () =>
  assert.is(at('spec: { a: &x { y: hello }, b: *x }', ['spec', 'b', 'y']), 'hello'),
);
places('is the merged value behind a merge key', () =>
  assert.is(at('spec: { a: &x { y: hello }, b: { <<: [*x] } }', ['spec', 'b', 'y']), 'hello'),
);
places('is a block without the line ends after it', () =>
  assert.is(at('spec:\n  a: |\n    one\n\n\n', ['spec', 'a']), '|'),
);

places('is in the right document and line of a file of several', () => {
  const document = documentOf('spec: hello\n', `${header}---\n# more\n---\n`);
  const { place } = document.problem(finding, { path: ['spec'] });
  assert.equal([place.line, place.column, place.endColumn], [10, 7, 12]);
});

places('is found again after the syntax tree has been let go', async () => {
  const document = documentOf('spec: { a: &x { y: hello }, b: *x }\n', `${header}---\n`);
  const before = document.problem(finding, { path: ['spec', 'b', 'y'] });
  // Without --expose-gc there is nothing to wait for, and this compares a thing with itself.
  await new Promise(resolve => setImmediate(resolve));
  (globalThis as { gc?: () => void }).gc?.();
  assert.equal(document.problem(finding, { path: ['spec', 'b', 'y'] }), before);
});

/** Every way to write one text; a span of it has to lead to the same characters in each. */
const styles: Record<string, (text: string) => string> = {
  plain: text => text,
  'single quotes': text => `'${text.replaceAll("'", "''")}'`,
  'double quotes': text => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`,
  'a literal block': text => `|\n    ${text}`,
  'a literal block with its own indent': text => `|2-\n    ${text}`,
  'a folded block': text => `>-\n    ${text}`,
  'several plain lines': text => text.replaceAll(' ', '\n    '),
  'several quoted lines': text => `'${text.replaceAll("'", "''").replaceAll(' ', '\n    ')}'`,
  'a literal block of several lines': text => `|\n    ${text.replaceAll(' ', '\n    ')}`,
  'a folded block of several lines': text => `>\n    ${text.replaceAll(' ', '\n    ')}`,
  'a folded block with carriage returns': text => `>\r\n    ${text.replaceAll(' ', '\r\n    ')}`,
};
const unquoted = (style: string, raw: string) => {
  if (style === 'double quotes') return raw.replace(/\\(.)/g, '$1');
  return style.includes('quote') ? raw.replaceAll("''", "'") : raw;
};
const words = fc.array(fc.stringMatching(/^[a-z][a-z."'\\]{0,8}[a-z]$/), { minLength: 1, maxLength: 5 });
const runs = Number(process.env['FUZZ_CASES'] ?? 2000) / 20;

for (const [name, write] of Object.entries(styles)) {
  places(`inside an expression is the same text in ${name}`, () => {
    const property = fc.property(words, fc.nat(), (list, nth) => {
      const text = list.join(' ');
      const word = list[nth % list.length] ?? '';
      const start = list.slice(0, nth % list.length).join(' ').length + (nth % list.length > 0 ? 1 : 0);
      const document = documentOf(`spec:\n  match: ${write(text)}\n`);
      const problem = document.problem(finding, {
        path: ['spec', 'match'],
        span: { start, end: start + word.length },
      });
      assert.is(unquoted(name, marked(document, problem)), word);
    });
    fc.assert(property, { numRuns: runs });
  });
}

places('inside an expression is the whole scalar where escapes hide the way back', () => {
  const document = documentOf('spec: "a\\x20b"\n');
  assert.is(
    marked(document, document.problem(finding, { path: ['spec'], span: { start: 2, end: 3 } })),
    '"a\\x20b"',
  );
});

places('beyond the end of an expression is its last character', () => {
  const document = documentOf('spec: a ==\n');
  assert.is(marked(document, document.problem(finding, { path: ['spec'], span: { start: 4, end: 4 } })), '=');
});

places.run();
