import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { original, shownAt, translated } from './reading.ts';

const documents = suite("the original's other documents");

documents('declare attributes', () => {
  const { specs, problems } = translated(
    original(
      'attributemanifest',
      'proxy',
      'attributes:\n  request.path: { valueType: STRING, description: a path }\n  request.size: { value_type: INT64 }\n  a.b: { valueType: 11 }',
    ),
  );
  assert.equal(problems, []);
  assert.equal(specs['AttributeManifest/proxy'], {
    attributes: {
      'request.path': { type: 'STRING', description: 'a path' },
      'request.size': { type: 'INT64' },
      'a.b': { type: 'STRING_MAP' },
    },
  });
});

documents('charge quotas', () => {
  const spec =
    'rules:\n- match: [{ clause: { request.path: { prefix: /a } } }]\n  quotas: [{ quota: RequestCount, charge: "5" }]';
  const binding =
    'quota_specs: [{ name: s, namespace: n }]\nservices: [{ name: a, namespace: b, domain: c, labels: { a_b: c } }, { service: "*" }]';
  const { specs, problems } = translated(
    original('QuotaSpec', 's', spec) + original('QuotaSpecBinding', 'b', binding),
  );
  assert.equal(problems, []);
  assert.equal(specs['QuotaSpec/s'], {
    rules: [
      {
        match: [{ clause: { 'request.path': { prefix: '/a' } } }],
        quotas: [{ quota: 'RequestCount', charge: 5 }],
      },
    ],
  });
  assert.equal(specs['QuotaSpecBinding/b'], {
    quotaSpecs: [{ name: 's', namespace: 'n' }],
    services: [{ name: 'a', namespace: 'b', domain: 'c', labels: { a_b: 'c' } }, { service: '*' }],
  });
});

documents('spell the fields of templates either way', () => {
  const camel =
    'traceId: a\nspanName: b\nhttpStatusCode: c\nspanTags: { someTag: d }\nstartTime: e\nendTime: f';
  const snake =
    'trace_id: a\nspan_name: b\nhttp_status_code: c\nspan_tags: { someTag: d }\nstart_time: e\nend_time: f';
  const { specs, problems } = translated(
    original('tracespan', 'camel', camel) +
      original(
        'instance',
        'snake',
        `compiled_template: tracespan\nparams:\n${snake.replaceAll(/^/gm, '  ')}`,
      ),
  );
  assert.equal(problems, []);
  const params = {
    trace_id: 'a',
    span_name: 'b',
    httpStatusCode: 'c',
    span_tags: { someTag: 'd' },
    start_time: 'e',
    end_time: 'f',
  };
  const expected = { template: 'tracespan', params, exportTo: ['*'] };
  assert.equal(specs, { 'Instance/camel.tracespan': expected, 'Instance/snake': expected });
});

documents('leave fields alone that their template may know', () => {
  const { specs } = translated(
    original('instance', 'i', 'template: mine\nparams: { traceId: a, b.c: d, __proto__: e }'),
  );
  const { params } = specs['Instance/i'] as { params: object };
  assert.equal(Object.entries(params), [
    ['traceId', 'a'],
    ['b.c', 'd'],
    ['__proto__', 'e'],
  ]);
});

documents('bind attributes to outputs, written either way', () => {
  const bindings = 'source.name: $out.pod | "unknown"\n    source.uid: output.uid';
  const { specs, problems } = translated(
    original(
      'instance',
      'i',
      `template: lookup\nparams: { key: source.ip }\nattributeBindings:\n    ${bindings}`,
    ) + original('kubernetes', 'k', `source_uid: source.uid\nattribute_bindings:\n    ${bindings}`),
  );
  assert.equal(problems, []);
  const attributes = { 'source.name': 'output.pod | "unknown"', 'source.uid': 'output.uid' };
  assert.equal(specs, {
    'Instance/i': { template: 'lookup', params: { key: 'source.ip' }, attributes, exportTo: ['*'] },
    'Instance/k.kubernetes': {
      template: 'kubernetes',
      params: { source_uid: 'source.uid' },
      attributes,
      exportTo: ['*'],
    },
  });
});

documents('mark a rewritten expression as a whole', () => {
  const {
    documents: [instance],
  } = translated(
    original(
      'instance',
      'i',
      'template: lookup\nattributeBindings:\n  source.name: $out.a | $out.b\n  source.uid: output.c',
    ),
  );
  const columns = (attribute: string) => {
    const path = instance?.sourcePath(['spec', 'attributes', attribute]) ?? [];
    const { place } =
      instance?.source.problem({ code: 'X', message: '' }, { path, span: { start: 7, end: 8 } }) ?? {};
    return [place?.column, place?.endColumn];
  };
  assert.equal(columns('source.name'), [18, 33]);
  assert.equal(columns('source.uid'), [24, 25]);
});

documents('go on under the name of an adapter that is not known here, params untouched', () => {
  const { specs, problems } = translated(
    original('cloudwatch', 'c', 'namespace: mesh\nmetricInfo: { a.metric.b: { unit: Count } }'),
  );
  assert.equal(problems, []);
  assert.equal(specs['Handler/c.cloudwatch'], {
    adapter: 'cloudwatch',
    params: { namespace: 'mesh', metricInfo: { 'a.metric.b': { unit: 'Count' } } },
    exportTo: ['*'],
  });
});

documents('keep their places', () => {
  const text =
    original(
      'handler',
      'h',
      'compiledAdapter: memquota\nparams:\n  quotas:\n  - name: q\n    max_amount: 5\n    overrides:\n    - { validDuration: 9x }',
    ) +
    original('denier', 'd', 'status: { code: 7, message: no }\nvalidDuration: soon') +
    original(
      'prometheus',
      'p',
      'metrics:\n- kind: DISTRIBUTION\n  buckets: { explicit_buckets: { bounds: [1, x] } }\nmetricsExpirationPolicy: { metricsExpiryDuration: 5 }',
    ) +
    original('metric', 'm', 'value: "1"\nmonitoredResourceType: oops') +
    original('rule', 'r', 'actions:\n- handler: nobody\n  instances: [nothing]');
  const [handler, denier, prometheus, metric, rule] = translated(text).documents;
  if (!handler || !denier || !prometheus || !metric || !rule) throw new Error('five documents');
  assert.is(shownAt(handler, ['spec', 'adapter']), '6:20 memquota');
  assert.is(shownAt(handler, ['spec', 'params', 'quotas', 0, 'limit']), '10:19 5');
  assert.is(shownAt(handler, ['spec', 'params', 'quotas', 0, 'limit'], 'key'), '10:7 max_amount');
  assert.is(shownAt(handler, ['spec', 'params', 'quotas', 0, 'overrides', 0, 'window']), '12:26 9x');
  assert.is(shownAt(denier, ['spec', 'adapter']), '15:7 denier');
  assert.is(shownAt(denier, ['spec', 'params', 'code']), '18:19 7');
  assert.is(shownAt(denier, ['spec', 'params', 'validity', 'duration']), '19:18 soon');
  assert.is(shownAt(prometheus, ['spec', 'params', 'metrics', 0, 'buckets', 'explicit', 1]), '27:48 x');
  assert.is(shownAt(prometheus, ['spec', 'params', 'expiry']), '28:53 5');
  assert.is(shownAt(metric, ['spec', 'params', 'monitored_resource_type']), '35:26 oops');
  assert.is(shownAt(rule, ['spec', 'actions', 0, 'instances', 0]), '43:17 nothing');
  assert.is(shownAt(rule, ['metadata', 'name']), '39:19 r');
});

documents('keep their places where a map becomes a list, and where one value becomes several', () => {
  const [statsd, fluentd, redisquota] = translated(
    original(
      'statsd',
      's',
      'address: here:8125\nsamplingRate: 0.5\nmetrics:\n  m.metric.istio-system: { type: COUNTER, name_template: "a.{{.b}}" }',
    ) +
      original('fluentd', 'f', 'max_batch_size_bytes: 10\npushTimeoutDuration: soon') +
      original('redisquota', 'q', 'redis_server_url: here\nquotas: [{ name: q, validDuration: soon }]'),
  ).documents;
  if (!statsd || !fluentd || !redisquota) throw new Error('three documents');
  assert.is(shownAt(statsd, ['spec', 'params', 'address']), '6:12 here:8125');
  assert.is(shownAt(statsd, ['spec', 'params', 'metrics', 0, 'kind']), '9:36 COUNTER');
  assert.is(shownAt(statsd, ['spec', 'params', 'metrics', 0, 'name']), '9:60 "a.{{.b}}"');
  assert.is(shownAt(statsd, ['spec', 'params', 'metrics', 0], 'key'), '9:5 m.metric.istio-system');
  assert.is(shownAt(fluentd, ['spec', 'params', 'buffer', 'chunk']), '15:25 10');
  assert.is(shownAt(fluentd, ['spec', 'params', 'buffer', 'size']), '15:25 10');
  assert.is(shownAt(fluentd, ['spec', 'params', 'buffer', 'timeout']), '16:24 soon');
  assert.is(shownAt(redisquota, ['spec', 'params', 'address']), '22:21 here');
  assert.is(shownAt(redisquota, ['spec', 'params', 'quotas', 0, 'window']), '23:38 soon');
});

documents.run();
