import denier from '@krater/adapter-denier';
import logging from '@krater/adapter-logging';
import prometheus from '@krater/adapter-prometheus';
import { checkConfig } from '@krater/mixer';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const mistakes = suite("mistakes in the original's documents, whoever finds them");

async function told(text: string): Promise<string[]> {
  const { problems } = await checkConfig({ config: text, adapters: [denier, logging, prometheus] });
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
