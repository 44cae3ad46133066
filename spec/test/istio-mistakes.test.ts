import denier from '@krater/adapter-denier';
import fluentd from '@krater/adapter-fluentd';
import logging from '@krater/adapter-logging';
import prometheus from '@krater/adapter-prometheus';
import rbac from '@krater/adapter-rbac';
import redisquota from '@krater/adapter-redisquota';
import statsd from '@krater/adapter-statsd';
import { checkConfig } from '@krater/mixer';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const mistakes = suite("mistakes in the original's documents, whoever finds them");

const adapters = [denier, fluentd, logging, prometheus, rbac, redisquota, statsd];

async function told(text: string): Promise<string[]> {
  const { problems } = await checkConfig({ config: text, adapters });
  return problems.map(({ place, code }) => `${place.line}:${place.column} ${code}`);
}

const handlers = `apiVersion: config.istio.io/v1alpha2
kind: denier
metadata: { name: d }
spec: { validDuration: soon, validUseCount: many }
---
apiVersion: config.istio.io/v1alpha2
kind: handler
metadata: { name: m }
spec:
  compiledAdapter: prometheus
  params:
    metrics:
    - { name: x, kind: COUNTER }
    - { instance_name: i, name: "a b", kind: GAUGE }
    metrics_expiration_policy: { metrics_expiry_duration: 600 }
---
apiVersion: config.istio.io/v1alpha2
kind: handler
metadata: { name: k }
spec:
  compiledAdapter: kubernetesenv
---
apiVersion: config.istio.io/v1alpha2
kind: stdio
metadata: { name: s }
spec: { logStream: ROTATED_FILE, severityLevels: { a: BAD }, outputLevel: 7 }
`;

mistakes('in handlers are told once each, at the words that stand there', async () => {
  assert.equal(await told(handlers), [
    '4:24 CONFIG_BAD_FORMAT',
    '4:45 CONFIG_WRONG_TYPE',
    '13:9 ISTIO_MISSING_KEY',
    '14:33 CONFIG_BAD_FORMAT',
    '15:59 CONFIG_WRONG_TYPE',
    '21:20 ADAPTER_NOT_INSTALLED',
    '26:1 ISTIO_MISSING_KEY',
    '26:55 ISTIO_BAD_VALUE',
    '26:75 ISTIO_BAD_VALUE',
  ]);
});

const backends = `apiVersion: config.istio.io/v1alpha2
kind: redisquota
metadata: { name: q }
spec:
  redisServerUrl: redis://127.0.0.1:6379
  quotas:
  - { name: a, maxAmount: 5 }
  - { name: b, maxAmount: many, validDuration: 0s, rateLimitAlgorithm: ROLLING }
  - { name: c, maxAmount: -1, validDuration: soon, overrides: [{ dimensions: {}, maxAmount: 1 }] }
---
apiVersion: config.istio.io/v1alpha2
kind: statsd
metadata: { name: s }
spec:
  address: localhost:99999
  flushDuration: 300
  flushBytes: 8
  samplingRate: 0
  metrics:
    a: { type: COUNTER, nameTemplate: "{{.a.b}}" }
    b: { type: HISTOGRAM }
    c d: { type: GAUGE }
---
apiVersion: config.istio.io/v1alpha2
kind: fluentd
metadata: { name: f }
spec:
  address: localhost
  maxBatchSizeBytes: 0
  pushIntervalDuration: 5
---
apiVersion: config.istio.io/v1alpha2
kind: rbac
metadata: { name: r }
spec: { configStoreUrl: fs:///roles, cacheDuration: long }
---
apiVersion: config.istio.io/v1alpha2
kind: redisquota
metadata: { name: p }
spec: { quotas: [{ name: a, maxAmount: 5, validDuration: 1s, overrides: [{ dimensions: {}, maxAmount: 1 }] }] }
---
apiVersion: config.istio.io/v1alpha2
kind: fluentd
metadata: { name: g }
spec: { maxBatchSizeBytes: 10 }
`;

mistakes('in handlers of backends are told once each, too', async () => {
  assert.equal(await told(backends), [
    '5:19 CONFIG_BAD_FORMAT',
    '7:7 ISTIO_MISSING_KEY',
    '8:27 CONFIG_WRONG_TYPE',
    '8:48 ISTIO_BAD_VALUE',
    '8:72 ISTIO_BAD_VALUE',
    '9:27 CONFIG_OUT_OF_RANGE',
    '9:46 CONFIG_BAD_FORMAT',
    '15:12 ISTIO_BAD_VALUE',
    '16:18 CONFIG_WRONG_TYPE',
    '17:15 CONFIG_OUT_OF_RANGE',
    '18:17 ISTIO_BAD_VALUE',
    '20:39 ISTIO_BAD_VALUE',
    '21:16 ISTIO_BAD_VALUE',
    '22:5 CONFIG_BAD_FORMAT',
    '28:12 CONFIG_BAD_VALUE',
    '30:25 CONFIG_WRONG_TYPE',
    '35:9 ISTIO_UNSUPPORTED_KEY',
    '35:53 CONFIG_BAD_FORMAT',
    '40:88 ADAPTER_BAD_PARAMS',
    '45:28 ADAPTER_BAD_PARAMS',
  ]);
});

const rules = `apiVersion: config.istio.io/v1alpha2
kind: denier
metadata: { name: d }
spec:
---
apiVersion: config.istio.io/v1alpha2
kind: instance
metadata: { name: i }
spec:
  compiledTemplate: metric
  params:
    value: request.sise | 0
    monitoredResourceType: request.size
    dimensions: oops
    foo: "1"
---
apiVersion: config.istio.io/v1alpha2
kind: instance
metadata: { name: out }
spec:
  compiledTemplate: listentry
  params: { value: source.ip }
  attributeBindings: { source.name: $out.pod }
---
apiVersion: config.istio.io/v1alpha2
kind: prometheus
metadata: { name: p }
spec:
---
apiVersion: config.istio.io/v1alpha2
kind: rule
metadata: { name: r }
spec:
  match: destination.labels["app"] = "x"
  actions:
  - handler: d.denier
    instances: [out, i, q.listentry]
  - handler: dd.denier
    instances: [i]
  - handler: p.prometheus
    instances: [i]
  requestHeaderOperations:
  - { name: x, values: [request.nope], operation: REPLACE }
`;

mistakes('in rules and instances are told in the place of the expression or name', async () => {
  assert.equal(await told(rules), [
    '12:12 EXPRESSION_UNKNOWN_ATTRIBUTE',
    '13:28 EXPRESSION_WRONG_RESULT',
    '14:17 INSTANCE_BAD_FIELD',
    '15:5 INSTANCE_UNKNOWN_FIELD',
    '23:3 INSTANCE_NO_OUTPUT',
    '34:36 EXPRESSION_SINGLE_EQUALS',
    '37:22 TEMPLATE_NOT_SERVED',
    '37:25 INSTANCE_UNKNOWN',
    '38:14 HANDLER_UNKNOWN',
    '43:25 EXPRESSION_UNKNOWN_ATTRIBUTE',
  ]);
});

mistakes('are none where native and original documents refer to one another', async () => {
  const native = `---
apiVersion: krater.dev/v1
kind: Rule
metadata: { name: mine, namespace: apps }
spec: { match: true, actions: [{ handler: d.denier.other, instances: [nothing] }] }
---
apiVersion: krater.dev/v1
kind: Instance
metadata: { name: nothing }
spec: { template: checknothing }
---
apiVersion: config.istio.io/v1alpha2
kind: denier
metadata: { name: d, namespace: other }
spec: { status: { code: 7 } }
---
apiVersion: config.istio.io/v1alpha2
kind: rule
metadata: { name: theirs, namespace: apps }
spec: { actions: [{ handler: d.denier.other, instances: [nothing.instance.istio-system] }] }
`;
  assert.equal(await told(native), []);
});

mistakes.run();
