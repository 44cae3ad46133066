import { createHandler, fakeContext, fakeEnv } from '@krater/mixer/testing';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import webhook from '../src/index.ts';
import { type Behaviour, byVerb, createService } from './service.ts';

const test = suite('webhook losses');

async function telling(batch: object = {}, answer: Behaviour = byVerb) {
  const service = await createService();
  service.answer = answer;
  const env = fakeEnv();
  const handler = await createHandler(webhook, { url: service.url, batch }, env);
  const figure = (name: string) => env.measured.get(name) ?? 0;
  let serial = 0;
  return {
    service,
    env,
    tell(count: number) {
      const instances = Array.from({ length: count }, () => ({
        name: 'm',
        value: ++serial,
        dimensions: { a: 'b' },
      }));
      handler.metric(instances as never, fakeContext(env));
    },
    logentry: (...instances: object[]) => handler.logentry(instances as never, fakeContext(env)),
    acknowledged: () => figure('webhook_acknowledged_total'),
    lost: () => figure('webhook_lost_total'),
    close: async () => handler.close?.(),
    /** Until as many instances are settled, with real time for the sockets. */
    async settled(count: number) {
      while (figure('webhook_acknowledged_total') + figure('webhook_lost_total') < count)
        await new Promise(setImmediate);
    },
    async [Symbol.asyncDispose]() {
      await env.close();
      await service[Symbol.asyncDispose]();
    },
  };
}

test('tells of every instance once, in batches and in order', async () => {
  await using at = await telling({ size: 100 });
  at.tell(1050);
  await at.close();
  assert.is(at.acknowledged(), 1050);
  assert.is(at.lost(), 0);
  assert.equal(
    at.service.told().map(({ instance }) => instance.value),
    Array.from({ length: 1050 }, (_, index) => index + 1),
  );
  assert.is(at.service.received.length, 11);
  const { body } = at.service.received[0] ?? {};
  assert.equal(Object.keys(body), ['verb', 'handler', 'batch', 'reports']);
  assert.equal(body.reports[0], {
    template: 'metric',
    instance: { name: 'm', value: 1, dimensions: { a: 'b' } },
  });
});

test('mixes templates in a batch, which is sent after the delay when it is not full', async () => {
  await using at = await telling({ delay: '1s' });
  at.tell(1);
  at.logentry({ name: 'l', variables: { text: '"\u2028\ud800' } });
  assert.is(at.service.received.length, 0);
  await at.env.clock.advance(1000);
  assert.equal(
    at.service.told().map(({ template }) => template),
    ['metric', 'logentry'],
  );
  await at.close();
});

test('tries a batch again, under the same id, while the service is busy', async () => {
  let answers = 0;
  await using at = await telling({ size: 5 }, (received, response) =>
    answers++ < 2 ? void response.writeHead(503).end() : byVerb(received),
  );
  at.tell(5);
  while (at.acknowledged() === 0) await at.env.clock.advance(100, { wait: false });
  assert.is(at.lost(), 0);
  assert.is(new Set(at.service.received.map(({ body }) => body.batch)).size, 1);
  at.tell(5);
  await at.settled(10);
  assert.is(new Set(at.service.received.map(({ body }) => body.batch)).size, 2);
  assert.equal(
    at.env.logged.map(({ level }) => level),
    ['warn', 'info'],
  );
  await at.close();
});

test('loses a batch that is refused, or not taken within the timeout, and counts it', async () => {
  let status = 400;
  await using at = await telling(
    { size: 5, timeout: '3s' },
    (_received, response) => void response.writeHead(status).end(),
  );
  at.tell(5);
  await at.settled(5);
  assert.is(at.lost(), 5);
  assert.is(at.service.received.length, 1);
  status = 503;
  at.tell(5);
  while (at.lost() < 10) await at.env.clock.advance(500, { wait: false });
  assert.is(at.acknowledged(), 0);
  await at.close();
});

test('accounts for every instance when the service is killed', async () => {
  await using at = await telling({ size: 50 });
  at.tell(50);
  await at.settled(50);
  await at.service.kill();
  at.tell(1000);
  await at.close();
  assert.is(at.acknowledged(), 50);
  assert.is(at.lost(), 1000);
  assert.ok(
    at.env.logged.some(({ message, fields }) => message === 'reports were lost' && fields['lost'] === 1000),
  );
});

test('loses what finds the queue full, and nothing else', async () => {
  const { promise: gate, resolve: open } = Promise.withResolvers<object>();
  await using at = await telling({ size: 10, queue: 2_000 }, () => gate);
  at.tell(10);
  at.tell(100);
  const { length } = JSON.stringify({
    template: 'metric',
    instance: { name: 'm', value: 11, dimensions: { a: 'b' } },
  });
  const fitting = Math.floor(2_000 / length);
  assert.is(at.lost(), 100 - fitting);
  at.logentry({ name: 'l', variables: { text: 'x'.repeat(10_000) } });
  assert.is(at.lost(), 101 - fitting);
  open({});
  await at.close();
  assert.is(at.acknowledged(), 10 + fitting);
  assert.is(at.service.told().length, 10 + fitting);
});

test('does not wait for a service that never answers', async () => {
  await using at = await telling({ size: 5 }, () => undefined);
  at.tell(12);
  const closed = at.close();
  await at.env.clock.advance(2000, { wait: false });
  await closed;
  assert.is(at.acknowledged(), 0);
  assert.is(at.lost(), 12);
});

test('counts as lost what is offered after closing, however that ended', async () => {
  for (const answer of [byVerb, (() => undefined) as Behaviour]) {
    await using at = await telling({ size: 5 }, answer);
    at.tell(5);
    const closed = at.close();
    while (at.service.received.length === 0) await new Promise(setImmediate);
    await at.env.clock.advance(2000, { wait: false });
    await closed;
    at.tell(7);
    await at.env.clock.advance(2000, { wait: false });
    assert.is(at.acknowledged() + at.lost(), 12);
    assert.is(at.service.told().length, 5, 'nothing is sent any more');
  }
});

test('sends at once what fills the queue before it fills a batch', async () => {
  await using at = await telling({ size: 1_000, queue: 2_000 });
  for (let round = 1; round <= 5; round++) {
    at.tell(30);
    assert.is(at.lost(), 0);
    await at.settled(30 * round);
  }
  await at.close();
  assert.is(at.acknowledged(), 150);
});

test.run();
