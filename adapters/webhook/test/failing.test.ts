import { createServer } from 'node:net';
import { createMixer } from '@krater/mixer';
import { createHandler, fakeContext, fakeEnv } from '@krater/mixer/testing';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import webhook from '../src/index.ts';
import { type Behaviour, byVerb, createService } from './service.ts';

const test = suite('webhook and a service that fails');

async function asking(config: object = {}, answer: Behaviour = byVerb) {
  const service = await createService();
  service.answer = answer;
  const env = fakeEnv();
  const handler = await createHandler(webhook, { url: service.url, ...config }, env);
  const ask = async (signal?: AbortSignal) => handler.checknothing({ name: 'x' }, fakeContext(env, signal));
  const outcome = async (signal?: AbortSignal) => {
    try {
      return (await ask(signal)).status.code;
    } catch (error) {
      return (error as { code?: string }).code ?? (error as Error).message;
    }
  };
  return {
    service,
    env,
    handler,
    outcome,
    async [Symbol.asyncDispose]() {
      await handler.close?.();
      await env.close();
      await service[Symbol.asyncDispose]();
    },
  };
}

/** The outcome of something that pauses on the clock of an environment: time passes for it. */
async function inTime<T>(
  env: { clock: { advance(ms: number, options: object): Promise<void> } },
  asked: Promise<T>,
) {
  let done = false;
  const settled = asked.finally(() => {
    done = true;
  });
  while (!done) await env.clock.advance(1, { wait: false });
  return settled;
}

const busy: Behaviour = (_received, response) => void response.writeHead(503).end();

test('asks once more while the service is busy, or a connection breaks', async () => {
  for (const failing of [busy, ((_received, response) => void response.destroy()) as Behaviour]) {
    let left = 1;
    await using at = await asking({}, (received, response) =>
      left-- > 0 ? failing(received, response) : byVerb(received),
    );
    assert.is(await inTime(at.env, at.outcome()), 'OK');
    assert.is(at.service.received.length, 2);
    assert.is(at.env.measured.get('webhook_retries_total'), 1);
  }
});

test('asks as often as it may, within the deadline', async () => {
  await using at = await asking({ retry: { attempts: 3 } }, busy);
  assert.is(await inTime(at.env, at.outcome()), 'WEBHOOK_UNREACHABLE');
  assert.is(at.service.received.length, 3);
  await using late = await asking({ retry: { attempts: 10, pause: '20ms' } }, busy);
  assert.is(await inTime(late.env, late.outcome()), 'WEBHOOK_UNREACHABLE');
  assert.is(late.service.received.length, 2, 'a third time, 40 ms later, would be beyond 50 ms');
});

test('does not take a quota twice that could not be told apart', async () => {
  await using at = await asking({}, busy);
  const take = async (request: object) => {
    const before = at.service.received.length;
    const asked = { amount: 1, bestEffort: false, dedupId: '', ...request };
    const call = Promise.resolve(
      at.handler.quota({ name: 'q', dimensions: undefined }, asked, fakeContext(at.env)),
    );
    await inTime(
      at.env,
      call.catch(() => {}),
    );
    return at.service.received.length - before;
  };
  assert.is(await take({}), 1);
  assert.is(await take({ dedupId: 'a' }), 2);
  assert.is(await take({ amount: 0 }), 2);
});

test('stops waiting when the caller has gone', async () => {
  await using at = await asking({}, () => undefined);
  const gone = new AbortController();
  const asked = at.outcome(gone.signal);
  while (at.service.received.length === 0) await new Promise(setImmediate);
  gone.abort(new Error('gone'));
  assert.is(await asked, 'gone');
  assert.equal(at.env.open(), []);
});

test('has so many questions waiting only', async () => {
  await using at = await asking({ concurrency: 2 }, () => undefined);
  const gone = new AbortController();
  const waiting = [at.outcome(gone.signal), at.outcome(gone.signal)];
  while (at.service.received.length < 2) await new Promise(setImmediate);
  assert.is(await at.outcome(), 'WEBHOOK_BUSY');
  gone.abort(new Error('gone'));
  await Promise.all(waiting);
  at.service.answer = byVerb;
  assert.is(await at.outcome(), 'OK');
});

test('survives what is no HTTP', async () => {
  const server = createServer(socket =>
    socket
      .on('error', () => {})
      .end('\u0000\u0001 no HTTP\r\n\r\n')
      .resume(),
  );
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  {
    await using at = await asking({ url: `http://127.0.0.1:${port}/`, retry: { attempts: 1 } });
    assert.is(await at.outcome(), 'WEBHOOK_UNREACHABLE');
  }
  await new Promise(resolve => server.close(resolve));
});

test('stops reading an answer that does not end', async () => {
  await using at = await asking({}, (_received, response) => {
    const more = () =>
      void (response.writable && response.write(' '.repeat(10_000), () => setImmediate(more)));
    more();
  });
  assert.is(await at.outcome(), 'WEBHOOK_REFUSED');
});

test('in a mixer, onError decides what a failure means', async () => {
  await using service = await createService();
  const config = (onError: string) => `
apiVersion: krater.dev/v1
kind: Rule
metadata: { name: hook }
spec:
  match: "true"
  onError: ${onError}
  actions:
  - handler: { adapter: webhook, deadline: 5s, params: { url: '${service.url}', retry: { attempts: 1 } } }
    instances: [{ name: path, template: listentry, params: { value: request.url_path } }]
`;
  const mixer = await createMixer({ config: config('deny'), adapters: [webhook], checkDeadline: 5_000 });
  try {
    const code = async () => (await mixer.check(mixer.bag().put('request.url_path', '/a'))).status.code;
    service.answer = () => ({ allow: false, code: 'NOT_FOUND' });
    assert.is(await code(), 'NOT_FOUND');
    assert.is(service.received[0]?.body.instance.value, '/a');
    assert.is(service.received[0]?.body.handler, 'istio-system/hook.actions[0]');
    await service.kill();
    assert.is(await code(), 'UNAVAILABLE');
    assert.ok((await mixer.reload(config('allow'))).accepted);
    assert.is(await code(), 'OK');
  } finally {
    await mixer.close();
  }
});

test.run();
