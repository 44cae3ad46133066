import { type DecodeOptions, decode, type Problem } from '@krater/documents';
import { DocumentReader } from '@krater/documents/reader';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';

const decoding = suite('decoding');

const documentOf = (spec: string) => {
  const text = `apiVersion: krater.dev/v1\nkind: Rule\nmetadata: { name: a }\nspec: ${spec}\n`;
  const reader = new DocumentReader({ apiVersions: ['krater.dev/v1'] });
  const [document] = reader.read([{ path: 'policy/a.yaml', text }]).documents;
  if (!document) throw new Error('not read');
  return document;
};
const problemsOf = (schema: z.ZodType, spec: string, options?: DecodeOptions): readonly Problem[] => {
  const decoded = decode(schema, documentOf(spec), ['spec'], undefined, options);
  return decoded.ok ? [] : decoded.problems;
};
const messagesOf = (schema: z.ZodType, spec: string) =>
  problemsOf(schema, spec).map(({ message }) => message);

decoding('answers the typed value with its defaults', () => {
  const schema = z.strictObject({ limit: z.int(), mode: z.enum(['a', 'b']).default('b') });
  const decoded = decode(schema, documentOf('{ limit: 5 }'), ['spec']);
  assert.ok(decoded.ok);
  assert.equal(decoded.value, { limit: 5, mode: 'b' });
});

decoding('takes a part of the document by its path', () => {
  const decoded = decode(z.number(), documentOf('{ a: [1, { b: 2 }] }'), ['spec', 'a', 1, 'b']);
  assert.ok(decoded.ok && decoded.value === 2);
});

decoding('tells every problem, not only the first', () => {
  const schema = z.strictObject({ a: z.number(), b: z.number(), c: z.number() });
  assert.equal(
    problemsOf(schema, '{ a: x, d: 1, b: y }')
      .map(({ code }) => code)
      .sort(),
    ['CONFIG_MISSING_KEY', 'CONFIG_UNKNOWN_KEY', 'CONFIG_WRONG_TYPE', 'CONFIG_WRONG_TYPE'],
  );
});

decoding('uses the code that it is given', () => {
  assert.equal(
    problemsOf(z.number(), 'x', { code: 'HANDLER_BAD_PARAMS' }).map(({ code }) => code),
    ['HANDLER_BAD_PARAMS'],
  );
});

decoding('keeps the code and hint that a schema sets itself', () => {
  const schema = z.string().check(context => {
    context.issues.push({
      code: 'custom',
      input: context.value,
      message: 'no',
      params: { code: 'OWN_CODE', hint: 'try yes' },
    });
  });
  const [problem] = problemsOf(schema, 'x', { code: 'OTHER' });
  assert.equal([problem?.code, problem?.message, problem?.hint], ['OWN_CODE', 'no', 'try yes']);
});

decoding('finds the place of a translated value where it was written', () => {
  const document = documentOf('{ compiledAdapter: memquota, params: { maxAmount: x } }');
  const native = { adapter: 'memquota', params: { limit: 'x' } };
  const schema = z.strictObject({ adapter: z.string(), params: z.strictObject({ limit: z.number() }) });
  const decoded = decode(schema, document, ['spec'], native, {
    locate: path => path.map(step => (step === 'limit' ? 'maxAmount' : step)),
  });
  assert.ok(!decoded.ok);
  assert.equal(
    decoded.problems.map(({ place }) => [place.line, place.column]),
    [[4, 57]],
  );
});

decoding('decodes without writing code at run time', () => {
  const evaluate = globalThis.Function;
  let generated = 0;
  globalThis.Function = class {
    constructor() {
      generated++;
    }
  } as unknown as FunctionConstructor;
  try {
    assert.ok(decode(z.strictObject({ a: z.number() }), documentOf('{ a: 1 }'), ['spec']).ok);
  } finally {
    globalThis.Function = evaluate;
  }
  assert.is(generated, 0);
});

decoding('speaks of the branch of a union that was meant', () => {
  const branches = z.union([
    z.string(),
    z.strictObject({ adapter: z.string(), params: z.record(z.string(), z.unknown()).optional() }),
    z.strictObject({ url: z.string(), timeout: z.number() }),
  ]);
  assert.equal(messagesOf(branches, '{ url: x, timeout: y }'), [
    'wrong type for "timeout": found "y", allowed: a number',
  ]);
  assert.equal(messagesOf(branches, '{ adapter: 5 }'), ['wrong type for "adapter": found 5, allowed: text']);
  assert.equal(messagesOf(branches, '[]'), ['wrong type for "spec": found a list, allowed: text or a map']);
});

decoding('speaks of keys inside lists by their index', () => {
  const schema = z.array(z.array(z.number()));
  assert.equal(messagesOf(schema, '[[1], [2, x]]'), [
    'wrong type for "spec[1][1]": found "x", allowed: a number',
  ]);
});

decoding('does not show the whole of a long value', () => {
  assert.ok((messagesOf(z.number(), 'x'.repeat(1000))[0] ?? '').length < 150);
});

decoding('names the nearest of keys that a recursive schema allows', () => {
  const tree: z.ZodType = z.lazy(() => z.strictObject({ name: z.string(), child: tree.optional() }));
  const [problem] = problemsOf(tree, '{ name: a, child: { name: b, chlid: {} } }');
  assert.is(problem?.hint, 'did you mean "child"?');
});

decoding.run();
