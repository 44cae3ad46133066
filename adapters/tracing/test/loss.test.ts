import tracing from '@krater/adapter-tracing';
import { createHandler, fakeContext, fakeEnv } from '@krater/mixer/testing';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Behaviour, collector } from './collectors.ts';

const test = suite('tracing loss');
let serial = 0;
const span = () => ({
  name: 'span',
  trace_id: '80f198ee56343ba864fe8b2a57d3eff7',
  span_id: (++serial).toString(16),
  span_name: 'x',
  start_time: 1,
  end_time: 2,
});

async function tracer(config: object, behave?: Behaviour) {
  const receiver = await collector(behave);
  const env = fakeEnv();
  const handler = await createHandler(tracing, { endpoint: receiver.endpoint, ...config }, env);
  const figure = (name: string) => env.measured.get(name) ?? 0;
  return {
    env,
    receiver,
    tell: (count: number) =>
      handler.tracespan(Array.from({ length: count }, span) as never, fakeContext(env)),
    acknowledged: () => figure('tracing_acknowledged_total'),
    lost: () => figure('tracing_lost_total'),
    close: () => handler.close?.(),
    /** Until as many spans are settled, with real time for the sockets. */
    async settled(count: number) {
      while (figure('tracing_acknowledged_total') + figure('tracing_lost_total') < count)
        await new Promise(setImmediate);
    },
    async [Symbol.asyncDispose]() {
      await env.close();
      await receiver[Symbol.asyncDispose]();
    },
  };
}

test('acknowledges every span that the collector has taken, in batches', async () => {
  await using one = await tracer({ batch: { size: 100 } });
  one.tell(1050);
  await one.close();
  assert.is(one.acknowledged(), 1050);
  assert.is(one.lost(), 0);
  assert.is(one.receiver.spans.length, 1050);
  assert.is(one.receiver.requests.length, 11);
});

test('sends a batch that is not full after the delay', async () => {
  await using one = await tracer({ batch: { delay: '1s' } });
  one.tell(3);
  assert.is(one.receiver.requests.length, 0);
  await one.env.clock.advance(1000);
  assert.is(one.acknowledged(), 3);
  await one.close();
});

test('accounts for every span when the collector is killed', async () => {
  await using one = await tracer({ batch: { size: 50, queue: 200 } });
  one.tell(50);
  await one.settled(50);
  await one.receiver.kill();
  one.tell(1000);
  await one.close();
  assert.is(one.acknowledged(), 50);
  assert.is(one.receiver.spans.length, 50);
  assert.is(one.acknowledged() + one.lost(), 1050);
  assert.ok(
    one.env.logged.some(({ message, fields }) => message === 'spans were lost' && fields['lost'] === 1000),
  );
});

test('loses what finds the queue full, and nothing else', async () => {
  const { promise: gate, resolve: open } = Promise.withResolvers<{ status?: number }>();
  await using one = await tracer({ batch: { size: 10, queue: 20 } }, () => gate);
  one.tell(10);
  one.tell(50);
  assert.is(one.lost(), 30, 'ten are on their way, twenty wait');
  open({});
  await one.close();
  assert.is(one.acknowledged(), 30);
  assert.is(one.receiver.spans.length, 30);
});

test('tries again while the collector is busy', async () => {
  let answers = 0;
  await using one = await tracer({ batch: { size: 5 } }, () => ({ status: answers++ < 2 ? 503 : 200 }));
  one.tell(5);
  while (one.acknowledged() === 0) await one.env.clock.advance(100, { wait: false });
  assert.is(one.acknowledged(), 5);
  assert.is(one.lost(), 0);
  await one.close();
});

test('loses a batch that is refused, or not taken within the timeout', async () => {
  let status = 400;
  await using one = await tracer({ batch: { size: 5 }, timeout: '3s' }, () => ({ status }));
  one.tell(5);
  await one.settled(5);
  assert.is(one.lost(), 5);
  status = 503;
  one.tell(5);
  while (one.lost() < 10) await one.env.clock.advance(500, { wait: false });
  assert.is(one.acknowledged(), 0);
  await one.close();
});

test('counts what a partial success says was not taken', async () => {
  await using one = await tracer({}, () => ({
    body: { partialSuccess: { rejectedSpans: '3', errorMessage: 'too old' } },
  }));
  one.tell(10);
  await one.close();
  assert.is(one.acknowledged(), 7);
  assert.is(one.lost(), 3);
});

test('does not wait for a collector that never answers', async () => {
  const { promise: never, resolve } = Promise.withResolvers<{ status?: number }>();
  await using one = await tracer({ batch: { size: 5 } }, () => never);
  one.tell(12);
  const closed = one.close();
  await one.env.clock.advance(2000, { wait: false });
  await closed;
  assert.is(one.acknowledged(), 0);
  assert.is(one.lost(), 12);
  resolve({});
});

test('loses a span without valid ids or times, and says so once', async () => {
  await using one = await tracer({});
  const handler = await createHandler(tracing, { endpoint: one.receiver.endpoint }, one.env);
  const broken = [
    { span_id: '' },
    { trace_id: 'xyz' },
    { start_time: Number.NaN },
    { trace_id: '0'.repeat(32) },
  ];
  await handler.tracespan(
    [...broken.map(change => ({ ...span(), ...change })), span()] as never,
    fakeContext(one.env),
  );
  await handler.close?.();
  assert.is(one.lost(), 4);
  assert.is(one.acknowledged(), 1);
  assert.is(one.env.logged.filter(({ message }) => message.startsWith('a span has no valid')).length, 1);
});

test.run();
