import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { codes, decode, duration, formatProblems, secret, sortProblems } from '@krater/documents';
import { DocumentReader } from '@krater/documents/reader';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';

/** Golden cases: a configuration, a line of dashes, and what is printed about it. `UPDATE=1` rewrites the second part. */
const cases = suite('mistakes in a document');

/** Something of everything that configurations are made of. */
const spec = z.strictObject({
  match: z.union([z.string(), z.record(z.string(), z.unknown())]).optional(),
  refresh: duration('60s'),
  password: secret().optional(),
  limit: z.int().min(1).max(100).optional(),
  ratio: z.number().multipleOf(0.5).optional(),
  enabled: z.boolean().optional(),
  algorithm: z.enum(['fixed', 'sliding']).optional(),
  handler: z
    .union([
      z.string(),
      z.strictObject({ adapter: z.string(), params: z.record(z.string(), z.unknown()).optional() }),
    ])
    .optional(),
  header: z
    .union([
      z.strictObject({ exact: z.string() }),
      z.strictObject({ prefix: z.string() }),
      z.strictObject({ regex: z.string() }),
    ])
    .optional(),
  actions: z
    .array(z.strictObject({ name: z.string() }))
    .min(1)
    .optional(),
  buckets: z
    .discriminatedUnion('type', [
      z.strictObject({ type: z.literal('linear'), width: z.number() }),
      z.strictObject({ type: z.literal('exponential'), factor: z.number() }),
    ])
    .optional(),
  labels: z.record(z.string().regex(/^[a-z]+$/), z.string()).optional(),
  url: z.url().optional(),
  even: z
    .number()
    .refine(number => number % 2 === 0, 'the number is odd, allowed: even ones')
    .optional(),
  level: z.union([z.literal('debug'), z.literal('info'), z.int()]).optional(),
});

const divider = '-'.repeat(60);
const read = (text: string): string => {
  const reader = new DocumentReader({ apiVersions: ['krater.dev/v1', 'config.istio.io/v1alpha2'] });
  const { documents, problems, skipped } = reader.read([{ path: 'policy/rules.yaml', text }]);
  const secrets = { env: () => undefined, file: () => undefined };
  const decoded = documents.flatMap(document => {
    const result = decode(spec, document, ['spec'], undefined, { secrets });
    return result.ok ? [] : result.problems;
  });
  const all = sortProblems([...problems, ...decoded]);
  for (const { code } of all) seen.add(code);
  const others = skipped.map(
    ({ index, apiVersion, kind, name }) => `skipped document ${index}: ${apiVersion} ${kind} "${name}"`,
  );
  return [...(all.length > 0 ? [formatProblems(all)] : []), ...others].join('\n') || 'no problems';
};
const seen = new Set<string>();

for (const path of globSync(`${import.meta.dirname}/cases/*.case`).sort()) {
  cases(basename(path, '.case').replaceAll('-', ' '), () => {
    const [text = '', expected = ''] = readFileSync(path, 'utf8').split(`${divider}\n`);
    const printed = `${read(text)}\n`;
    if (process.env['UPDATE']) writeFileSync(path, `${text}${divider}\n${printed}`);
    else assert.fixture(printed, expected);
  });
}

cases('every code of a document has a case', () => {
  const elsewhere = Object.keys(codes).filter(code => code.startsWith('FILE_') || code === 'CONFIG_REFUSED');
  assert.equal(
    Object.keys(codes).filter(code => !seen.has(code)),
    elsewhere,
  );
});

cases('every code that is raised is listed', () => {
  assert.equal(
    [...seen].filter(code => !(code in codes)),
    [],
  );
});

cases.run();
