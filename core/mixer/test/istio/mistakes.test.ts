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
    'a bucket of a rolling window',
    original(
      'redisquota',
      'q',
      'quotas: [{ name: q, maxAmount: 1, validDuration: 1s, rateLimitAlgorithm: ROLLING_WINDOW, bucketDuration: 500ms }]',
    ),
    /^6:92 ISTIO_NO_EFFECT no effect: a rolling window forgets each grant .* \| remove it$/,
  ],
  [
    'a bucket of a fixed window',
    original(
      'redisquota',
      'q',
      'quotas: [{ name: q, maxAmount: 1, validDuration: 1s, bucket_duration: 1s }]',
    ),
    /^6:56 ISTIO_NO_EFFECT no effect: only a ROLLING_WINDOW/,
  ],
  [
    'a pool of connections',
    original('redisquota', 'q', 'connection_pool_size: 10\nquotas: []'),
    /^6:3 ISTIO_NO_EFFECT no effect: all decisions travel on one connection/,
  ],
  [
    'an algorithm that never was',
    original(
      'redisquota',
      'q',
      'quotas: [{ name: q, maxAmount: 1, validDuration: 1s, rateLimitAlgorithm: SLIDING_WINDOW }]',
    ),
    /^6:76 ISTIO_BAD_VALUE unknown value "SLIDING_WINDOW"; allowed are "FIXED_WINDOW", "ROLLING_WINDOW"/,
  ],
  [
    'the algorithm of a quota beside it',
    original('redisquota', 'q', 'rateLimitAlgorithm: FIXED_WINDOW'),
    /^6:3 ISTIO_UNKNOWN_KEY .*allowed are "redisServerUrl", "connectionPoolSize", "quotas"/,
  ],
  [
    'a window of nothing',
    original('redisquota', 'q', 'quotas: [{ name: q, maxAmount: 1, validDuration: 0s }]'),
    /^6:52 ISTIO_BAD_VALUE .* found "0s" \| write a window, such as 1s$/,
  ],
  [
    'what a quota lacks',
    original('redisquota', 'q', 'quotas: [{ overrides: [{ validDuration: 1s }] }]'),
    /^6:28 ISTIO_UNKNOWN_KEY unknown key "validDuration"; allowed are "dimensions", "maxAmount"/,
    /ISTIO_MISSING_KEY missing key "dimensions"/,
    /ISTIO_MISSING_KEY missing key "maxAmount"/,
    /ISTIO_MISSING_KEY missing key "name"/,
    /ISTIO_MISSING_KEY missing key "maxAmount"/,
    /ISTIO_MISSING_KEY missing key "validDuration"/,
  ],
  [
    'an address in our form',
    original('statsd', 's', 'address: udp://127.0.0.1:8125'),
    /^6:12 ISTIO_BAD_VALUE an address is HOST:PORT, found "udp:.*" \| write it as in: address: localhost:8125$/,
  ],
  [
    'an address without a host',
    original('statsd', 's', 'address: ":8125"'),
    /^6:12 ISTIO_BAD_VALUE an address is HOST:PORT/,
  ],
  [
    'a list of metrics',
    original('statsd', 's', 'metrics: [{ instance: a, name: a, kind: counter }]'),
    /^6:12 ISTIO_BAD_VALUE metrics is a map .* found a list/,
  ],
  [
    'a metric without a type',
    original('statsd', 's', 'metrics: { a: , b: { type: UNKNOWN } }'),
    /^6:14 ISTIO_MISSING_KEY missing key "type"/,
    /^6:30 ISTIO_BAD_VALUE unknown value "UNKNOWN"; allowed are "COUNTER", "GAUGE", "DISTRIBUTION"/,
  ],
  [
    'a template that computes',
    original('statsd', 's', `metrics: { a: { type: COUNTER, nameTemplate: 'a.{{if .x}}{{.x}}{{end}}' } }`),
    /^6:48 ISTIO_BAD_VALUE a name is letters.* as \{\{\.dimension\}\}, found "a\..* \| add what is computed/,
  ],
  [
    'a template with braces of our own',
    original('statsd', 's', `metrics: { a: { type: COUNTER, nameTemplate: 'a.{x}' } }`),
    /^6:48 ISTIO_BAD_VALUE/,
  ],
  [
    'a sampling rate above 1',
    original('statsd', 's', 'samplingRate: 10\nmetrics: { a: { type: COUNTER } }'),
    /^6:17 ISTIO_BAD_VALUE .* found "10" \| to send all, write samplingRate: 1$/,
  ],
  [
    'a sampling rate for gauges alone',
    original('statsd', 's', 'samplingRate: 0.5\nmetrics: { a: { type: GAUGE } }'),
    /^6:3 ISTIO_NO_EFFECT no effect: gauges are always sent/,
  ],
  [
    'durations as whole numbers',
    original('fluentd', 'f', 'integerDuration: true'),
    /^6:3 ISTIO_UNSUPPORTED_KEY not supported: durations are written as numbers of seconds/,
  ],
  ['durations as text', original('fluentd', 'f', 'integer_duration: false'), /^6:3 ISTIO_UNSUPPORTED_KEY/],
  [
    'a limit of entries',
    original('fluentd', 'f', 'instanceBufferSize: 1024'),
    /^6:3 ISTIO_NO_EFFECT no effect: what waits is limited by its bytes/,
  ],
  [
    'a size with a unit',
    original('fluentd', 'f', 'maxBatchSizeBytes: 8MiB'),
    /^6:22 ISTIO_BAD_VALUE "8MiB" is no whole number/,
  ],
  [
    'a store of roles',
    original('rbac', 'r', 'configStoreUrl: "k8s://"\ncacheDuration: 30s'),
    /^6:3 ISTIO_UNSUPPORTED_KEY not supported: roles .* store \| write them .* Handler of krater.dev\/v1, adapter: rbac$/,
  ],
  [
    'no store of roles',
    original('handler', 'r', 'compiledAdapter: rbac\nparams: { config_store_url: , cacheDuration: 30s }'),
    /^7:11 ISTIO_UNSUPPORTED_KEY not supported: roles/,
  ],
  [
    'roles in a handler of the original',
    original('rbac', 'r', 'configStoreUrl: "k8s://"\nroles: []'),
    /^6:3 ISTIO_UNSUPPORTED_KEY/,
    /^7:3 ISTIO_UNKNOWN_KEY unknown key "roles"; allowed are "configStoreUrl", "cacheDuration"/,
  ],
  [
    'params of what has none',
    original('noop', 'n', 'a: 1'),
    /^6:3 ISTIO_UNKNOWN_KEY unknown key "a"; no keys are allowed here \| remove it$/,
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
    'redisquota',
    'statsd',
    'type',
    'nameTemplate',
    '{{.x}}',
    'maxBatchSizeBytes',
    'validDuration',
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
