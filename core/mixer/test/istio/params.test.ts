import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { original, translated } from './reading.ts';

const params = suite("the original's adapter params");

/** Every parameter of an adapter, in camelCase: in snake_case, and as a kind of its own, it must come to the same. */
const cases: { adapter: string; written: string; native: string; expected: object }[] = [
  {
    adapter: 'denier',
    native: 'denier',
    written: 'status: { code: 8, message: busy }\nvalidDuration: 3s\nvalidUseCount: 7',
    expected: { code: 'RESOURCE_EXHAUSTED', message: 'busy', validity: { duration: '3s', uses: 7 } },
  },
  { adapter: 'denier', native: 'denier', written: '{}', expected: { code: 'FAILED_PRECONDITION' } },
  {
    adapter: 'listchecker',
    native: 'denylist',
    written:
      'providerUrl: http://127.0.0.1/list\nrefreshInterval: 30s\nttl: 120s\ncachingInterval: 10s\ncachingUseCount: "5"\noverrides: [a, b]\nentryType: REGEX\nblacklist: true',
    expected: {
      mode: 'deny',
      url: 'http://127.0.0.1/list',
      refresh: '30s',
      expiry: '120s',
      validity: { duration: '10s', uses: 5 },
      entries: ['a', 'b'],
      type: 'regex',
    },
  },
  {
    adapter: 'listchecker',
    native: 'denylist',
    written: 'entryType: IP_ADDRESSES\noverrides: [10.0.0.0/8]',
    expected: { mode: 'allow', type: 'cidr', entries: ['10.0.0.0/8'] },
  },
  {
    adapter: 'listchecker',
    native: 'denylist',
    written: 'entryType: 1',
    expected: { mode: 'allow', type: 'case-insensitive' },
  },
  {
    adapter: 'memquota',
    native: 'memquota',
    written: `quotas:
- name: requestcount
  maxAmount: 500
  validDuration: 1s
  overrides: [{ dimensions: { destination: reviews }, maxAmount: "1", validDuration: 5s }]
minDeduplicationDuration: 2s`,
    expected: {
      quotas: [
        {
          name: 'requestcount',
          limit: 500,
          window: '1s',
          overrides: [{ dimensions: { destination: 'reviews' }, limit: 1, window: '5s' }],
        },
      ],
      dedupTime: '2s',
    },
  },
  {
    adapter: 'prometheus',
    native: 'prometheus',
    written: `metrics:
- instanceName: requestcount
  name: requests_total
  description: how many
  kind: COUNTER
  labelNames: [source_app, code]
- { instanceName: a, name: a, namespace: mine, kind: 1 }
- instanceName: b
  name: b
  kind: DISTRIBUTION
  buckets: { linearBuckets: { numFiniteBuckets: 4, width: 10, offset: 5 } }
- instanceName: c
  name: c
  kind: DISTRIBUTION
  buckets: { exponentialBuckets: { numFiniteBuckets: 8, growthFactor: 10, scale: 1 } }
- instanceName: d
  name: d
  kind: DISTRIBUTION
  buckets: { explicitBuckets: { bounds: [0.1, 1, 10] } }
metricsExpirationPolicy: { metricsExpiryDuration: 600s }`,
    expected: {
      metrics: [
        {
          namespace: 'istio',
          instance: 'requestcount',
          name: 'requests_total',
          help: 'how many',
          kind: 'counter',
          labels: ['source_app', 'code'],
        },
        { namespace: 'mine', instance: 'a', name: 'a', kind: 'gauge' },
        {
          namespace: 'istio',
          instance: 'b',
          name: 'b',
          kind: 'histogram',
          buckets: { linear: { start: 5, count: 5, width: 10 } },
        },
        {
          namespace: 'istio',
          instance: 'c',
          name: 'c',
          kind: 'histogram',
          buckets: { exponential: { count: 9, factor: 10, start: 1 } },
        },
        {
          namespace: 'istio',
          instance: 'd',
          name: 'd',
          kind: 'histogram',
          buckets: { explicit: [0.1, 1, 10] },
        },
      ],
      expiry: '600s',
    },
  },
  {
    adapter: 'stdio',
    native: 'logging',
    written:
      'logStream: STDERR\nseverityLevels: { Default: INFO, warning: 1, bad: ERROR }\noutputLevel: WARNING\noutputAsJson: false',
    expected: {
      format: 'text',
      sink: { kind: 'console', stream: 'stderr' },
      severities: { Default: 'info', warning: 'warn', bad: 'error' },
      level: 'warn',
    },
  },
  {
    adapter: 'stdio',
    native: 'logging',
    written: 'logStream: FILE\noutputPath: /var/log/access.log',
    expected: { format: 'json', sink: { kind: 'file', path: '/var/log/access.log' } },
  },
  {
    adapter: 'stdio',
    native: 'logging',
    written:
      'logStream: ROTATED_FILE\noutputPath: /var/log/access.log\nmaxMegabytesBeforeRotation: 10\nmaxDaysBeforeRotation: 7\nmaxRotatedFiles: 3',
    expected: {
      format: 'json',
      sink: { kind: 'file', path: '/var/log/access.log', rotate: { size: '10MiB', age: '7d', keep: 3 } },
    },
  },
  {
    adapter: 'stdio',
    native: 'logging',
    written: 'logStream: 3\noutputPath: a.log',
    expected: {
      format: 'json',
      sink: { kind: 'file', path: 'a.log', rotate: { size: '100MiB', age: '30d', keep: 1000 } },
    },
  },
  {
    adapter: 'redisquota',
    native: 'redisquota',
    written: `redisServerUrl: redis:6379
quotas:
- name: requestcount
  maxAmount: 500
  validDuration: 1s
  rateLimitAlgorithm: ROLLING_WINDOW
  overrides: [{ dimensions: { destination: reviews }, maxAmount: "1" }]
- { name: a, maxAmount: 5, validDuration: 1m, rateLimitAlgorithm: FIXED_WINDOW }
- { name: b, maxAmount: 5, validDuration: 1m, rateLimitAlgorithm: 1 }
- { name: c, maxAmount: 5, validDuration: 1m }`,
    expected: {
      address: 'redis:6379',
      quotas: [
        {
          name: 'requestcount',
          limit: 500,
          window: '1s',
          algorithm: 'sliding-window',
          overrides: [{ dimensions: { destination: 'reviews' }, limit: 1 }],
        },
        { name: 'a', limit: 5, window: '1m', algorithm: 'fixed-window' },
        { name: 'b', limit: 5, window: '1m', algorithm: 'sliding-window' },
        { name: 'c', limit: 5, window: '1m', algorithm: 'fixed-window' },
      ],
    },
  },
  {
    adapter: 'statsd',
    native: 'statsd',
    written: `address: statsd.mesh:9125
prefix: mesh
flushDuration: 1s
flushBytes: "1432"
samplingRate: 0.5
metrics:
  requests: { type: COUNTER, nameTemplate: 'requests.{{.destination}}-{{ index . "response.code" }}' }
  level: { type: GAUGE, nameTemplate: "" }
  latency: { type: 3 }`,
    expected: {
      address: 'udp://statsd.mesh:9125',
      prefix: 'mesh',
      flush: '1s',
      packet: 1432,
      metrics: [
        {
          instance: 'requests',
          name: 'requests.{destination}-{response.code}',
          kind: 'counter',
          sampleRate: 0.5,
        },
        { instance: 'level', name: 'level', kind: 'gauge' },
        { instance: 'latency', name: 'latency', kind: 'timing', sampleRate: 0.5 },
      ],
    },
  },
  {
    adapter: 'statsd',
    native: 'statsd',
    written: '{}',
    expected: { prefix: '', flush: '300ms', packet: 512 },
  },
  {
    adapter: 'fluentd',
    native: 'fluentd',
    written:
      'address: fluentd.mesh:24224\nmaxBatchSizeBytes: 1000000\npushIntervalDuration: 5s\npushTimeoutDuration: 10s',
    expected: {
      address: 'fluentd.mesh:24224',
      tag: '{instance}',
      buffer: { chunk: '1000000B', size: '1954KiB', delay: '5s', timeout: '10s' },
    },
  },
  {
    adapter: 'fluentd',
    native: 'fluentd',
    written: '{}',
    expected: { tag: '{instance}', buffer: { chunk: '8MiB', size: '16MiB', delay: '1m', timeout: '1m' } },
  },
  { adapter: 'noop', native: 'noop', written: '{}', expected: {} },
  {
    adapter: 'zipkin',
    native: 'tracing',
    written: 'url: http://127.0.0.1:9411/api/v2/spans',
    expected: { protocol: 'zipkin', endpoint: 'http://127.0.0.1:9411/api/v2/spans' },
  },
];

const snake = (text: string) =>
  text.replaceAll(/(?<=^|[{\s])[a-z]+[A-Za-z]*(?=:)/gm, key =>
    key.replaceAll(/[A-Z]/g, letter => `_${letter.toLowerCase()}`),
  );

for (const { adapter, native, written, expected } of cases) {
  for (const [spelling, text] of Object.entries({ camelCase: written, snake_case: snake(written) })) {
    params(`of ${adapter} are those of ${native}, in ${spelling}: ${text.slice(0, 30)}`, () => {
      const indented = text.replaceAll(/^/gm, '  ');
      const { specs, problems } = translated(
        original('handler', 'a', `compiledAdapter: ${adapter}\nparams:\n${indented}`) +
          original('handler', 'b', `adapter: ${adapter}\nparams:\n${indented}`) +
          original(adapter, 'c', text),
      );
      assert.equal(problems, []);
      const spec = { adapter: native, params: expected, exportTo: ['*'] };
      assert.equal(specs, { 'Handler/a': spec, 'Handler/b': spec, [`Handler/c.${adapter}`]: spec });
    });
  }
}

params('name instances as they are called here', () => {
  const { specs, problems } = translated(
    original('metric', 'm', 'value: "1"') +
      original('quota', 'q', '{}') +
      original('statsd', 's', 'metrics: { m.metric.istio-system: { type: COUNTER } }') +
      original(
        'redisquota',
        'r',
        'quotas: [{ name: q.quota.istio-system, maxAmount: 5, validDuration: 1s }]',
      ),
  );
  assert.equal(problems, []);
  const { metrics } = (specs['Handler/s.statsd'] as { params: { metrics: object[] } }).params;
  assert.equal(metrics, [{ instance: 'm.metric', name: 'm.metric.istio-system', kind: 'counter' }]);
  const { quotas } = (specs['Handler/r.redisquota'] as { params: { quotas: { name: string }[] } }).params;
  assert.is(quotas[0]?.name, 'q.quota');
});

params('left out altogether are what the original assumed', () => {
  const { specs } = translated(
    original('handler', 'a', 'compiledAdapter: denier') +
      original('handler', 'b', 'adapter: listchecker\nparams:'),
  );
  assert.equal(specs, {
    'Handler/a': { adapter: 'denier', params: { code: 'FAILED_PRECONDITION' }, exportTo: ['*'] },
    'Handler/b': { adapter: 'denylist', params: { mode: 'allow' }, exportTo: ['*'] },
  });
});

params.run();
