import { readdirSync, readFileSync } from 'node:fs';
import { decode, duration, formatProblems, type Problem, secret } from '@krater/documents';
import { DocumentReader } from '@krater/documents/reader';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';

const fuzz = suite('any text at all');

const numRuns = Number(process.env['FUZZ_CASES'] ?? 2000);
const spec = z.strictObject({
  match: z.union([z.string(), z.record(z.string(), z.unknown())]),
  refresh: duration('5s'),
  password: secret().optional(),
  actions: z
    .array(z.strictObject({ handler: z.union([z.string(), z.strictObject({ adapter: z.string() })]) }))
    .default([]),
});

/** Reads and decodes; whatever the text, the outcome is documents or problems with a place inside the text. */
function read(text: string): readonly Problem[] {
  const reading = new DocumentReader({ apiVersions: ['krater.dev/v1'] }).read([{ path: 'a.yaml', text }]);
  const secrets = { env: () => undefined, file: () => undefined };
  const decoded = reading.documents.map(document => decode(spec, document, ['spec'], undefined, { secrets }));
  const problems = [...reading.problems, ...decoded.flatMap(result => (result.ok ? [] : result.problems))];
  const lines = text.split('\n');
  for (const { code, message, place } of problems) {
    const { line, column, endLine, endColumn } = place;
    assert.ok(
      line >= 1 && line <= lines.length && endLine >= line && endLine <= lines.length,
      `${code}: line ${line} to ${endLine}`,
    );
    assert.ok(column >= 1 && column <= (lines[line - 1]?.length ?? 0) + 1, `${code}: column ${column}`);
    assert.ok(
      endColumn >= 1 && endColumn <= (lines[endLine - 1]?.length ?? 0) + 1,
      `${code}: end ${endColumn}`,
    );
    assert.ok(endLine > line || endColumn >= column, `${code}: ends before it begins`);
    assert.ok(message.length > 0 && !message.includes('\0'), `${code}: unsaid message`);
  }
  formatProblems(problems);
  assert.is(({} as { polluted?: unknown }).polluted, undefined);
  return problems;
}

const tokens = [
  ...'[]{}:,-?!&*|>%@`#"\'\t \n\r\\~=.()',
  '---\n',
  '...\n',
  '  ',
  '    ',
  ': ',
  '- ',
  '<<: ',
  '&a ',
  '*a',
  '!!str ',
  '!x',
  ' #',
  '? ',
  '|\n',
  '>-\n',
  '"',
  "'",
  'apiVersion: krater.dev/v1\n',
  'kind: Rule\n',
  'metadata: { name: a }\n',
  'spec:\n',
  'match: ',
  'refresh: ',
  'password: ',
  'actions:\n',
  'handler: ',
  'adapter',
  '__proto__: { polluted: 1 }\n',
  'constructor: ',
  '5s',
  '0x1F',
  '9007199254740993',
  '1e999',
  '.inf',
  'null',
  'true',
  '\u0000',
  '\ufeff',
  '\u2028',
  '😀',
  '\ud800',
];
const good = readdirSync(`${import.meta.dirname}/cases`)
  .map(name =>
    readFileSync(`${import.meta.dirname}/cases/${name}`, 'utf8')
      .split('-'.repeat(60), 1)
      .join(''),
  )
  .filter(text => text.length < 1000);

fuzz('gives problems with a place inside it, never an exception', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), text => void read(text)),
    { numRuns },
  );
});

fuzz('made of what YAML is made of gives problems with a place inside it', () => {
  const text = fc.array(fc.constantFrom(...tokens), { maxLength: 60 }).map(parts => parts.join(''));
  fc.assert(
    fc.property(text, text => void read(text)),
    { numRuns },
  );
});

fuzz('that is a document with a mistake in it gives problems with a place inside it', () => {
  const mutation = fc.record({ at: fc.nat(), cut: fc.nat({ max: 12 }), put: fc.constantFrom('', ...tokens) });
  const text = fc
    .tuple(fc.constantFrom(...good), fc.array(mutation, { minLength: 1, maxLength: 3 }))
    .map(([text, mutations]) => {
      let mutated = text;
      for (const { at, cut, put } of mutations) {
        const offset = at % (mutated.length + 1);
        mutated = mutated.slice(0, offset) + put + mutated.slice(offset + cut);
      }
      return mutated;
    });
  fc.assert(
    fc.property(text, text => void read(text)),
    { numRuns },
  );
});

for (const [name, text] of Object.entries({
  'open brackets': '['.repeat(50_000),
  'open maps': '{a: '.repeat(20_000),
  'list marks': '- '.repeat(20_000),
  'key marks': '? '.repeat(20_000),
  tags: `a: [${'!x '.repeat(20_000)}]`,
  anchors: '&a '.repeat(20_000),
  'keys of one map': Array.from({ length: 20_000 }, (_, index) => `k${index}: 1`).join('\n'),
  spaces: `a: ${' '.repeat(200_000)}# x`,
  commas: `a: {${','.repeat(50_000)}`,
  'open quotes': '"\n'.repeat(20_000),
  'bad documents': '---\na: [\n'.repeat(5_000),
  merges: `a: &a {x: 1}\nb: { <<: [${'*a, '.repeat(20_000)}] }`,
  'long words': `apiVersion: ${'k'.repeat(200_000)}`,
})) {
  fuzz(`of endless ${name} ends`, () => void read(text));
}

fuzz.run();
