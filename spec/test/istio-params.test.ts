import fluentd from '@krater/adapter-fluentd';
import redisquota from '@krater/adapter-redisquota';
import statsd from '@krater/adapter-statsd';
import { type AnyAdapter, createMixer, silentLog, stringMap } from '@krater/mixer';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const params = suite("the original's params, as the adapters take them");

/** What an adapter is given when a text is loaded: parsed by its own schema, with its defaults. It is not run itself. */
async function given(adapter: AnyAdapter, text: string): Promise<Record<string, unknown>> {
  const configs: unknown[] = [];
  const nothing = () => {};
  const create = (config: unknown) => {
    configs.push(config);
    return Object.fromEntries(adapter.templates.map(({ name }: { name: string }) => [name, nothing]));
  };
  const mixer = await createMixer({ config: text, adapters: [{ ...adapter, create }], log: silentLog });
  await mixer.close();
  assert.is(configs.length, 1);
  return configs[0] as Record<string, unknown>;
}

const instances = {
  quota: 'dimensions: { destination: destination.service.name | "unknown" }',
  metric:
    'value: response.duration | "0s"\n    dimensions: { destination: destination.service.name | "unknown" }',
  logentry: 'severity: \'"info"\'',
};

/** A handler with its one instance and rule; `spec` is YAML as it stands under `params:`. */
const handler = (adapter: string, template: keyof typeof instances, spec: string) =>
  `apiVersion: config.istio.io/v1alpha2
kind: handler
metadata: { name: h }
spec:
  compiledAdapter: ${adapter}
  params:
${spec.replaceAll(/^/gm, '    ')}
---
apiVersion: config.istio.io/v1alpha2
kind: instance
metadata: { name: i }
spec:
  compiledTemplate: ${template}
  params:
    ${instances[template]}
---
apiVersion: config.istio.io/v1alpha2
kind: rule
metadata: { name: r }
spec: { actions: [{ handler: h, instances: [i] }] }
`;

const quotas = `redisServerUrl: redis-master:6379
connectionPoolSize: 10
quotas:
- name: i.instance.istio-system
  maxAmount: 500
  validDuration: 1s
  bucketDuration: 500ms
  rateLimitAlgorithm: ROLLING_WINDOW
  overrides:
  - dimensions: { destination: reviews }
    maxAmount: 1
  - dimensions: { destination: productpage }
    maxAmount: 2`;

params('of redisquota', async () => {
  const config = await given(redisquota, handler('redisquota', 'quota', quotas));
  const untouched = await given(
    redisquota,
    `apiVersion: krater.dev/v1
kind: Rule
metadata: { name: r }
spec:
  match: true
  actions:
  - handler: { adapter: redisquota, params: { quotas: [{ name: i, limit: 1 }] } }
    instances: [{ name: i, template: quota, params: { dimensions: {} } }]
`,
  );
  assert.equal(plain(config), {
    ...plain(untouched),
    address: 'redis-master:6379',
    quotas: [
      {
        name: 'i',
        limit: 500,
        window: 1000,
        algorithm: 'sliding-window',
        leases: 0.04,
        overrides: [
          { dimensions: { destination: 'reviews' }, limit: 1 },
          { dimensions: { destination: 'productpage' }, limit: 2 },
        ],
      },
    ],
  });
});

params('of statsd', async () => {
  const { address, prefix, flush, packet, dialect, metrics } = await given(
    statsd,
    handler(
      'statsd',
      'metric',
      'samplingRate: 0.5\nmetrics: { i.instance.istio-system: { type: DISTRIBUTION, nameTemplate: "latency.{{.destination}}" } }',
    ),
  );
  assert.equal(
    { address, prefix, flush, packet, dialect },
    { address: 'udp://127.0.0.1:8125', prefix: '', flush: 300, packet: 512, dialect: 'statsd' },
  );
  assert.equal(plain(metrics), [
    {
      kind: 'timing',
      instance: 'i',
      name: 'latency.{destination}',
      tags: [],
      maxSeries: 2000,
      sampleRate: 0.5,
    },
  ]);
});

params('of fluentd', async () => {
  const sizes = async (spec: string) => {
    const { address, tag, buffer } = await given(fluentd, handler('fluentd', 'logentry', spec));
    return { address, tag, ...(plain(buffer) as object) };
  };
  const MiB = 1024 ** 2;
  assert.equal(await sizes('address: localhost:24224'), {
    address: 'localhost:24224',
    tag: '{instance}',
    chunk: 8 * MiB,
    size: 16 * MiB,
    delay: 60_000,
    timeout: 60_000,
  });
  assert.equal(await sizes('maxBatchSizeBytes: 999999999\npushIntervalDuration: 5s'), {
    address: '127.0.0.1:24224',
    tag: '{instance}',
    chunk: 999_999_999,
    size: 1_999_999_999 - (1_999_999_999 % 1024) + 1024,
    delay: 5000,
    timeout: 60_000,
  });
});

params(
  'of redisquota limit what is granted, by the share of its insurance where there is no Redis',
  async () => {
    const nowhere = quotas.replace('redis-master:6379', '127.0.0.1:1');
    const bound = `---
apiVersion: config.istio.io/v1alpha2
kind: QuotaSpec
metadata: { name: s }
spec: { rules: [{ quotas: [{ quota: i, charge: 1 }] }] }
---
apiVersion: config.istio.io/v1alpha2
kind: QuotaSpecBinding
metadata: { name: b }
spec: { quotaSpecs: [{ name: s }], services: [{ service: "*" }] }
`;
    const mixer = await createMixer({
      config: handler('redisquota', 'quota', nowhere) + bound,
      adapters: [redisquota],
      log: silentLog,
    });
    try {
      const statusOf = async (service: string) => {
        const bag = mixer.bag();
        bag.put('destination.service.name', service);
        bag.put('destination.service.namespace', 'default');
        bag.put('destination.service.host', `${service}.default.svc.cluster.local`);
        bag.put('request.headers', stringMap({}));
        return (await mixer.check(bag)).status.code;
      };
      assert.equal(
        [await statusOf('reviews'), await statusOf('reviews'), await statusOf('details')],
        ['OK', 'RESOURCE_EXHAUSTED', 'OK'],
      );
    } finally {
      await mixer.close();
    }
  },
);

/** Without the prototypes that configuration maps lack, and keys that are undefined. */
function plain(value: unknown): Record<string, unknown> {
  return JSON.parse(JSON.stringify(value));
}

params.run();
