import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { knownKinds, unsupportedKinds } from '../../src/istio/kinds.ts';
import { original, translated } from './reading.ts';

const mistakes = suite("mistakes in the original's documents");

const numRuns = Number(process.env['FUZZ_CASES'] ?? 2_000);

/** A mistake, and the place, code and texts with which it is told. */
const cases: [sentence: string, text: string, ...told: RegExp[]][] = [
  [
    'an unknown key',
    original('rule', 'r', 'macth: "true"'),
    /^6:3 ISTIO_UNKNOWN_KEY unknown key "macth".* \| did you mean "match"\?$/,
  ],
  [
    'an unknown key of an action',
    original('rule', 'r', 'actions: [{ handler: h, instance: [i] }]'),
    /^6:27 ISTIO_UNKNOWN_KEY .*"instance".* \| did you mean "instances"\?$/,
  ],
  [
    'an unknown key of params',
    original('handler', 'h', 'compiledAdapter: denier\nparams: { stauts: {} }'),
    /^7:13 ISTIO_UNKNOWN_KEY/,
  ],
  [
    'an unknown key of a kind named after its adapter',
    original('listchecker', 'l', 'blocklist: true'),
    /^6:3 ISTIO_UNKNOWN_KEY/,
  ],
  ['a key of our own form', original('rule', 'r', 'onError: allow'), /^6:3 ISTIO_UNKNOWN_KEY/],
  [
    'a key in both spellings',
    original('listchecker', 'l', 'entryType: STRINGS\nentry_type: REGEX'),
    /^7:3 ISTIO_KEY_TWICE .*"entryType"/,
  ],
  [
    'two keys for one thing',
    original('handler', 'h', 'adapter: denier\ncompiledAdapter: stdio'),
    /^7:3 ISTIO_KEY_TWICE/,
  ],
  [
    'a connection',
    original('handler', 'h', 'adapter: mine\nconnection: { address: "x:1" }'),
    /^7:3 ISTIO_UNSUPPORTED_KEY .*gRPC.* npm/,
  ],
  ['sampling', original('rule', 'r', 'sampling: { random: {} }'), /^6:3 ISTIO_UNSUPPORTED_KEY/],
  [
    'details of a status',
    original('denier', 'd', 'status: { code: 7, details: [] }'),
    /^6:22 ISTIO_UNSUPPORTED_KEY/,
  ],
  [
    'an unknown value',
    original('listchecker', 'l', 'entryType: REGEXP'),
    /^6:14 ISTIO_BAD_VALUE unknown value "REGEXP"; .* "REGEX"\?$/,
  ],
  ['a value beyond the numbers', original('listchecker', 'l', 'entryType: 4'), /^6:14 ISTIO_BAD_VALUE/],
  [
    'an unknown type',
    original('attributemanifest', 'm', 'attributes: { a.b: { valueType: TEXT } }'),
    /^6:35 ISTIO_BAD_VALUE/,
  ],
  [
    'a text for a choice',
    original('listchecker', 'l', 'blacklist: "no"'),
    /^6:14 ISTIO_BAD_VALUE "no" is neither true nor false/,
  ],
  [
    'a status that refuses nothing',
    original('denier', 'd', 'status: { code: 0 }'),
    /^6:19 ISTIO_BAD_VALUE status code "0" refuses nothing/,
  ],
  [
    'a status without a code',
    original('denier', 'd', 'status: { message: no }'),
    /ISTIO_BAD_VALUE status code "0" refuses nothing/,
  ],
  [
    'a list of addresses to fetch',
    original('listchecker', 'l', 'entryType: IP_ADDRESSES\nproviderUrl: http://127.0.0.1/'),
    /^7:16 ISTIO_LIST_FORMAT .* \| let the url answer with one address or range a line$/,
  ],
  [
    'a text for a map',
    original('denier', 'd', 'status: closed'),
    /^6:11 ISTIO_BAD_VALUE "status" must be a map, found "closed"/,
  ],
  [
    'a missing key',
    original('memquota', 'q', 'quotas: [{ max_amount: 5 }]'),
    /^6:14 ISTIO_MISSING_KEY missing key "name" \| add: name: …$/,
  ],
  [
    'a missing type',
    original('attributemanifest', 'm', 'attributes: { a.b: {} }'),
    /^6:\d+ ISTIO_MISSING_KEY .*"valueType"/,
  ],
  [
    'a text for a number',
    original('stdio', 's', 'logStream: ROTATED_FILE\noutputPath: a\nmaxDaysBeforeRotation: week'),
    /^8:26 ISTIO_BAD_VALUE "week"/,
  ],
  ['a path of what has none', original('stdio', 's', 'output_path: a.log'), /^6:3 ISTIO_NO_EFFECT/],
  [
    'a file without a path',
    original('stdio', 's', 'logStream: FILE'),
    /^5:1 ISTIO_MISSING_KEY .*"outputPath"/,
  ],
  [
    'rotation of what does not rotate',
    original('stdio', 's', 'logStream: 2\noutputPath: a.log\nmaxRotatedFiles: 2'),
    /^8:3 ISTIO_NO_EFFECT/,
  ],
  [
    'buckets of what has none',
    original('prometheus', 'p', 'metrics: [{ instanceName: a, name: a, kind: COUNTER, buckets: {} }]'),
    /^6:56 ISTIO_NO_EFFECT/,
  ],
  [
    'an unknown kind',
    original('Rule', 'r', '{}'),
    /^3:7 ISTIO_UNKNOWN_KIND unknown kind "Rule".* \| did you mean "rule"\?$/,
  ],
  [
    'another expression language',
    'apiVersion: config.istio.io/v1alpha2\nkind: rule\nmetadata:\n  name: r\n  annotations:\n    policy.istio.io/lang: CEL\nspec: {}',
    /^6:27 ISTIO_UNSUPPORTED_KEY .*"CEL"/,
  ],
  [
    'several at once',
    original('rule', 'r', 'a: 1\nsampling: {}\nactions: [{ b: 2 }]') +
      original('template', 't', 'descriptor: abc'),
    /^6:3 .*"a"/,
    /^7:3 ISTIO_UNSUPPORTED_KEY/,
    /^8:15 .*"b"/,
    /^11:7 ISTIO_UNSUPPORTED_KIND/,
  ],
];

for (const [sentence, text, ...told] of cases) {
  mistakes(`${sentence} is told at its place`, () => {
    const { problems } = translated(text);
    assert.is(problems.length, told.length, problems.join('\n'));
    for (const [index, expected] of told.entries()) assert.match(problems[index] ?? '', expected);
  });
}

for (const kind of Object.keys(unsupportedKinds)) {
  mistakes(`kind ${kind} is told not to be served`, () => {
    const { documents, problems } = translated(original(kind, 'x', '{}'));
    assert.equal(documents, []);
    assert.is(problems.length, 1);
    assert.match(problems[0] ?? '', /^3:7 ISTIO_UNSUPPORTED_KIND/);
  });
}

const words = fc.constantFrom(
  ...[
    'match',
    'actions',
    'handler',
    'instances',
    'params',
    'compiledAdapter',
    'compiled_template',
    'quotas',
    'name',
  ],
  ...[
    'denier',
    'memquota',
    'stdio',
    'prometheus',
    'status',
    'code',
    'metrics',
    'buckets',
    'logStream',
    'ROTATED_FILE',
  ],
  ...[
    'attributeBindings',
    '$out.x',
    'a.b',
    '__proto__',
    'constructor',
    '',
    'overrides',
    'rules',
    'services',
    'explicit_buckets',
  ],
);
const { spec } = fc.letrec(tie => ({
  spec: fc.oneof(
    { maxDepth: 5 },
    words,
    fc.constantFrom(null, true, 7, -1, 1.5, 12345678901234567890n),
    fc.array(tie('spec'), { maxLength: 3 }),
    fc.dictionary(words, tie('spec'), { maxKeys: 4, noNullPrototype: false }),
  ),
}));

mistakes('of any kind are told, and nothing is thrown', () => {
  fc.assert(
    fc.property(fc.constantFrom(...knownKinds), spec, (kind, spec) => {
      const text = JSON.stringify(spec, (_, value) => (typeof value === 'bigint' ? `${value}` : value));
      const { documents, problems } = translated(original(kind, 'x', text));
      for (const { spec: native, sourcePath } of documents)
        visit(native, ['spec'], path => assert.ok(sourcePath(path).length > 0));
      for (const problem of problems) assert.match(problem, /^\d+:\d+ [A-Z]+_[A-Z_]+ ./);
    }),
    { numRuns },
  );
});

function visit(value: unknown, path: (string | number)[], use: (path: (string | number)[]) => void): void {
  use(path);
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) visit(inner, [...path, key], use);
}

mistakes.run();
