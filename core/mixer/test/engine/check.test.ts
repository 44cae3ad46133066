import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { allow, type Decision, deny, doNotCache } from '../../src/index.ts';
import { checks, configured, rule } from './configured.ts';

const test = suite('check');

const actions = (...labels: string[]) =>
  `match: true\nactions:\n${labels.map(label => checks(label)).join('\n')}`;

test('allows when no rule matches, and states the default validity', async () => {
  const { mixer } = await configured(
    rule('admin', `match: request.path == "/admin"\nactions:\n${checks('a')}`),
  );
  const decision = await mixer.check(mixer.bag().put('request.path', '/'));
  assert.is(decision.status.code, 'OK');
  assert.equal(decision.validity, { duration: 5_000, uses: 10_000 });
  await mixer.close();
});

test('answers synchronously as long as handlers do', async () => {
  const { mixer } = await configured(rule('all', actions('a', 'b')));
  const decision = mixer.check(mixer.bag());
  assert.not.ok(decision instanceof Promise);
  assert.is((decision as Decision).answers.length, 2);
  await mixer.close();
});

test('asks root rules first, then by priority, then by name', async () => {
  const { mixer, probes } = await configured(
    [
      rule('b', actions('root-b')),
      rule('a', actions('root-a')),
      rule('z', `priority: 5\n${actions('root-z')}`),
      rule('own', `priority: 9\n${actions('own')}`, 'shop'),
      rule('other', actions('other'), 'elsewhere'),
    ].join(''),
  );
  await mixer.check(mixer.bag(), { namespace: 'shop' });
  assert.equal(
    probes.checked.map(({ label }) => label),
    ['root-z', 'root-a', 'root-b', 'own'],
  );
  await mixer.close();
});

test('lets the first refusal in order win over one that came earlier, and cancels the rest', async () => {
  const { mixer, probes } = await configured(
    rule('a', actions('slow', 'fast')) + rule('b', actions('pending')),
  );
  let refuse: (answer: unknown) => void = () => {};
  probes.behaviour.set('slow', () => new Promise(resolve => (refuse = resolve)));
  probes.behaviour.set('fast', () => Promise.resolve(deny('fast')));
  probes.behaviour.set('pending', () => new Promise(() => {}));
  const decision = mixer.check(mixer.bag()) as Promise<Decision>;
  assert.equal(
    probes.checked.map(({ label }) => label),
    ['slow', 'fast', 'pending'],
  );
  await Promise.resolve();
  refuse(deny('slow', 'UNAUTHENTICATED'));
  assert.equal((await decision).status, { code: 'UNAUTHENTICATED', message: 'slow' });
  assert.ok(probes.signals.get('pending')?.aborted);
  await mixer.close();
});

test('does not ask rules behind a refusal that is known at once', async () => {
  const { mixer, probes } = await configured(rule('a', actions('first', 'second')));
  probes.behaviour.set('first', () => deny('no'));
  await mixer.check(mixer.bag());
  assert.equal(
    probes.checked.map(({ label }) => label),
    ['first'],
  );
  await mixer.close();
});

test('takes the least stated validity, and honours "do not cache"', async () => {
  const { mixer, probes } = await configured(rule('a', actions('a', 'b', 'c')));
  probes.behaviour.set('a', () => allow({ validity: { duration: 60_000 } }));
  probes.behaviour.set('b', () => allow({ validity: { duration: 90_000, uses: 7 } }));
  assert.equal((await mixer.check(mixer.bag())).validity, { duration: 60_000, uses: 7 });
  probes.behaviour.set('c', () => allow({ validity: doNotCache }));
  assert.equal((await mixer.check(mixer.bag())).validity, doNotCache);
  await mixer.close();
});

for (const [what, behave, code] of [
  [
    'throws',
    () => {
      throw new Error('broken');
    },
    'HANDLER_FAILED',
  ],
  ['rejects', () => Promise.reject(new Error('broken')), 'HANDLER_FAILED'],
  ['never answers', () => new Promise(() => {}), 'HANDLER_TIMEOUT'],
  ['answers nonsense', () => true, 'HANDLER_NONSENSE'],
  ['answers nonsense later', () => Promise.resolve({ status: { code: 'FINE' } }), 'HANDLER_NONSENSE'],
] as const) {
  test(`a handler that ${what} is refused as UNAVAILABLE, counted, logged with its name, and the next request is fine`, async () => {
    const { mixer, probes, log } = await configured(rule('a', actions('a')), { handlerDeadline: 5 });
    probes.behaviour.set('a', behave);
    const decision = await mixer.check(mixer.bag());
    assert.is(decision.status.code, 'UNAVAILABLE');
    assert.equal(decision.validity, doNotCache);
    assert.ok(decision.answers[0]?.failed);
    assert.is(mixer.status().handlers[0]?.failures, 1);
    const line = log.entries.find(({ message }) => message === 'a handler failed');
    assert.is(line?.fields['handler'], 'istio-system/a.actions[0]');
    assert.is(line?.fields['code'], code);
    probes.behaviour.delete('a');
    assert.is((await mixer.check(mixer.bag())).status.code, 'OK');
    await mixer.close();
  });
}

test('onError: allow lets the request go on, uncached', async () => {
  const { mixer, probes } = await configured(rule('a', `onError: allow\n${actions('a')}`));
  probes.behaviour.set('a', () => {
    throw new Error('broken');
  });
  const decision = await mixer.check(mixer.bag());
  assert.is(decision.status.code, 'OK');
  assert.equal(decision.validity, doNotCache);
  await mixer.close();
});

test('an instance field without a value is a failure of its rule', async () => {
  const { mixer } = await configured(rule('a', `match: true\nactions:\n${checks('a', 'source.user')}`));
  assert.is((await mixer.check(mixer.bag())).status.code, 'UNAVAILABLE');
  assert.is((await mixer.check(mixer.bag().put('source.user', 'zoe'))).status.code, 'OK');
  await mixer.close();
});

test('a match that cannot be known skips or applies as the rule says, and is counted', async () => {
  const match = 'match: source.user != "zoe"';
  const { mixer, probes } = await configured(
    rule('a', `${match}\nonMissing: skip\nactions:\n${checks('skips')}`) +
      rule('b', `${match}\nonMissing: apply\nactions:\n${checks('applies')}`),
  );
  await mixer.check(mixer.bag());
  assert.equal(
    probes.checked.map(({ label }) => label),
    ['applies'],
  );
  assert.match(await mixer.metrics(), 'krater_rule_unknown_total{rule="istio-system/a"} 1');
  await mixer.close();
});

test('the references hold what the index looked up, what matches read, and what instances read', async () => {
  const { mixer } = await configured(
    rule(
      'a',
      `match: destination.service.name == "ratings" && request.path == "/r"\nactions:\n${checks('a', 'request.headers["user"] | "none"')}`,
    ),
  );
  const bag = mixer.bag().put('destination.service.name', 'ratings').put('request.path', '/r');
  const read = (decision: Decision) =>
    decision
      .references()
      .map(({ name, present }) => (present ? name : `-${name}`))
      .sort();
  assert.equal(read(await mixer.check(bag)), [
    '-request.headers',
    'destination.service.name',
    'request.path',
  ]);
  assert.equal(read(await mixer.check(mixer.bag().put('destination.service.name', 'reviews'))), [
    'destination.service.name',
  ]);
  assert.equal(read(await mixer.check(mixer.bag())), ['-destination.service.name']);
  await mixer.close();
});

test('keeps the last decisions by id', async () => {
  const { mixer } = await configured(rule('a', actions('a')), { keepDecisions: 2 });
  const ids = [];
  for (let i = 0; i < 3; i++) ids.push((await mixer.check(mixer.bag())).id);
  assert.equal(ids, ['test.1', 'test.2', 'test.3']);
  assert.is(mixer.decision('test.1'), undefined);
  assert.equal(
    mixer.decisions().map(({ id }) => id),
    ['test.2', 'test.3'],
  );
  await mixer.close();
});

test('carries header operations of every matching rule on allow, the last replacement standing', async () => {
  const { mixer, probes } = await configured(
    rule(
      'a',
      `match: true
actions:
${checks('a')}
requestHeaderOperations:
- { name: X-User, values: ['source.user | "nobody"'] }
- { name: X-Drop, operation: remove }`,
    ) +
      rule(
        'b',
        `match: true
requestHeaderOperations: [{ name: x-user, values: ['"b"'] }, { name: x-more, values: ['"1"', '"2"'], operation: append }]
responseHeaderOperations: [{ name: x-seen, values: ['"yes"'] }]`,
      ),
  );
  const decision = await mixer.check(mixer.bag());
  assert.equal(decision.requestHeaders, [
    { operation: 'remove', name: 'x-drop', value: '' },
    { operation: 'replace', name: 'x-user', value: 'b' },
    { operation: 'append', name: 'x-more', value: '1' },
    { operation: 'append', name: 'x-more', value: '2' },
  ]);
  assert.equal(decision.responseHeaders, [{ operation: 'replace', name: 'x-seen', value: 'yes' }]);
  probes.behaviour.set('a', () => deny('no'));
  assert.equal((await mixer.check(mixer.bag())).requestHeaders, []);
  await mixer.close();
});

test('refuses header operations that no rule may do, each at its place', async () => {
  const bad = [
    '"x y"',
    '":path"',
    'Host',
    'content-length',
    'Transfer-Encoding',
    'x-krater-peer',
    '"a\\r\\nb"',
  ];
  const operations = bad.map(name => `- { name: ${name}, values: ['"v"'] }`);
  const values = [
    `- { name: x-none }`,
    `- { name: x-some, operation: remove, values: ['"v"'] }`,
    String.raw`- { name: x-split, values: ['"a\r\nset-cookie: b"'] }`,
  ];
  try {
    await configured(
      rule('a', `match: true\nrequestHeaderOperations:\n${[...operations, ...values].join('\n')}`),
    );
    assert.unreachable();
  } catch (error) {
    const { problems } = error as { problems: { code: string; place: { line: number } }[] };
    assert.equal(
      problems.map(({ code }) => code),
      [...bad.map(() => 'HEADER_BAD_NAME'), ...values.map(() => 'HEADER_BAD_VALUE')],
    );
    assert.equal(
      problems.map(({ place }) => place.line),
      problems.map((_, index) => 8 + index),
    );
  }
});

test('leaves out a header value that would end the header, and counts it', async () => {
  const { mixer } = await configured(
    rule('a', `match: true\nresponseHeaderOperations: [{ name: x-path, values: [request.path] }]`),
  );
  for (const path of ['/a\r\nset-cookie: b', '/\u0000', '/\u4e16']) {
    assert.equal((await mixer.check(mixer.bag().put('request.path', path))).responseHeaders, []);
  }
  assert.match(await mixer.metrics(), 'krater_rule_errors_total{rule="istio-system/a"} 3');
  await mixer.close();
});

test('several values of one replacement are several lines', async () => {
  const { mixer } = await configured(
    rule('a', `match: true\nrequestHeaderOperations: [{ name: x-two, values: ['"1"', '"2"'] }]`),
  );
  assert.equal(
    (await mixer.check(mixer.bag())).requestHeaders.map(({ operation, value }) => [operation, value]),
    [
      ['replace', '1'],
      ['append', '2'],
    ],
  );
  await mixer.close();
});

test('two actions of one name are refused', async () => {
  const named = (label: string) => checks(label).replace('- handler', '- name: same\n  handler');
  try {
    await configured(rule('a', `match: true\nactions:\n${named('a')}\n${named('b')}`));
    assert.unreachable();
  } catch (error) {
    assert.equal(
      (error as { problems: { code: string }[] }).problems.map(({ code }) => code),
      ['ACTION_DUPLICATE'],
    );
  }
});

test('passes the direct response of the refusal that won', async () => {
  const { mixer, probes } = await configured(rule('a', actions('a')));
  const directResponse = { code: 302, headers: { location: '/login' } };
  probes.behaviour.set('a', () => deny('log in', 'UNAUTHENTICATED', { directResponse }));
  assert.equal((await mixer.check(mixer.bag())).directResponse, directResponse);
  await mixer.close();
});

test.run();
