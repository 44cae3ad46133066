import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { transports } from '../../src/transport.ts';
import { answer, type OnCall, pause, refuse, startRaw, until } from '../transport/servers.ts';
import { startMixer, startPool, withoutWatch } from './mixers.ts';

const test = suite('calls of a pool');

/** An address where nobody listens. */
async function nowhere(): Promise<string> {
  await using server = await startRaw(() => {});
  return server.address;
}

for (const kind of transports) {
  const on = (name: string, run: () => Promise<void>) => test(`${kind}: ${name}`, run);
  const options = { transport: kind };

  on('are answered from the first one on, which waits for the connection', async () => {
    await using a = await startMixer('a');
    await using client = startPool([a], options);
    assert.is(client.pool.kind, kind);
    assert.is(client.pool.down, false);
    assert.equal(client.states(), ['connecting']);
    assert.is(await client.ask(), 'a');
    assert.equal(client.states(), ['open']);
  });

  on('spread evenly over the open addresses, also one after another', async () => {
    await using a = await startMixer('a');
    await using b = await startMixer('b');
    await using client = startPool([a, b], options);
    await until(() => client.states().every(state => state === 'open'));
    for (let call = 0; call < 20; call++) {
      assert.is(client.pool.down, false);
      await client.ask();
    }
    assert.equal([a.mixer.calls, b.mixer.calls], [10, 10]);
  });

  on('go where the fewest are in flight', async () => {
    await using a = await startMixer('a', {
      onCall: stream => void pause(400).then(() => answer(stream, 'a')),
    });
    await using b = await startMixer('b');
    await using client = startPool([a, b], options);
    await until(() => client.states().every(state => state === 'open'));
    const slow = client.ask();
    await until(() => a.mixer.calls === 1);
    for (let call = 0; call < 20; call++) assert.is(await client.ask(), 'b');
    assert.is(await slow, 'a');
  });

  on('are tried once more on a fresh connection when theirs is lost', async () => {
    await using a = await startMixer('a');
    await using client = startPool([a], options);
    assert.is(await client.ask(), 'a');
    a.mixer.onCall = stream => {
      a.mixer.onCall = again => answer(again, 'again');
      stream.session?.destroy();
    };
    assert.is(await client.ask(), 'again');
    assert.is(a.mixer.calls, 3);
    assert.is(a.accepted, 2);
  });

  on('are tried no third time', async () => {
    await using a = await startMixer('a');
    await using client = startPool([a], options);
    await client.ask();
    a.mixer.onCall = stream => stream.session?.destroy();
    assert.is(await client.ask(), 'UNAVAILABLE');
    assert.is(a.mixer.calls, 3);
  });

  on('are tried elsewhere when a Mixer has too much to do, and nowhere if there is no other', async () => {
    await using a = await startMixer('a', { onCall: stream => refuse(stream, 14, 'busy') });
    {
      await using client = startPool([a], options);
      assert.is(await client.ask(), 'UNAVAILABLE');
      assert.is(a.mixer.calls, 1);
    }
    await using b = await startMixer('b');
    await using client = startPool([a, b], options);
    await until(() => client.states().every(state => state === 'open'));
    assert.equal(await Promise.all([client.ask(), client.ask()]), ['b', 'b']);
  });

  on('are not tried again where the Mixer has spoken', async () => {
    await using a = await startMixer('a');
    await using b = await startMixer('b');
    await using client = startPool([a, b], options);
    await until(() => client.states().every(state => state === 'open'));
    const codes = {
      3: 'INVALID_ARGUMENT',
      4: 'DEADLINE_EXCEEDED',
      7: 'PERMISSION_DENIED',
      8: 'RESOURCE_EXHAUSTED',
    };
    for (const [status, code] of Object.entries(codes)) {
      const before = a.mixer.calls + b.mixer.calls;
      for (const { mixer } of [a, b]) mixer.onCall = stream => refuse(stream, Number(status));
      assert.is(await client.ask(), code);
      assert.is(a.mixer.calls + b.mixer.calls, before + 1, code);
    }
  });

  on('are not tried again past their deadline, nor when they are called off', async () => {
    await using a = await startMixer('a');
    await using b = await startMixer('b');
    await using client = startPool([a, b], options);
    await until(() => client.states().every(state => state === 'open'));
    for (const { mixer } of [a, b]) mixer.onCall = () => {};
    assert.is(await client.ask(50), 'DEADLINE_EXCEEDED');
    assert.is(a.mixer.calls + b.mixer.calls, 1);
    const given = new AbortController();
    const called = client.pool.call('check', Buffer.from('x'), 5_000, given.signal);
    await until(() => a.mixer.calls + b.mixer.calls === 2);
    given.abort();
    const result = await called;
    assert.is('failure' in result && result.failure.code, 'CANCELLED');
    assert.is(a.mixer.calls + b.mixer.calls, 2);
  });

  on('are not tried again for an answer that is too long', async () => {
    await using a = await startMixer('a');
    await using b = await startMixer('b');
    await using client = startPool([a, b], { ...options, limits: { transport: { replyBytes: 10 } } });
    withoutWatch(a);
    withoutWatch(b);
    await until(() => client.states().every(state => state === 'open'));
    for (const { mixer } of [a, b]) mixer.onCall = stream => answer(stream, 'far too long');
    assert.is(await client.ask(), 'RESOURCE_EXHAUSTED');
    assert.is(a.mixer.calls + b.mixer.calls, 1);
  });

  on('say that they may have been seen, if only the first attempt was', async () => {
    await using a = await startMixer('a');
    await using b = await startMixer('b');
    await using client = startPool([a, b], options);
    await until(() => client.states().every(state => state === 'open'));
    const ends: OnCall[] = [stream => stream.session?.destroy(), stream => stream.close(7)];
    for (const { mixer } of [a, b]) mixer.onCall = (...call) => ends.shift()?.(...call);
    const result = await client.pool.call('check', Buffer.from('x'), 5_000);
    assert.is('failure' in result && result.failure.seen, 'perhaps');
    assert.is(ends.length, 0);
  });

  on('fail nowhere when one of two Mixers dies under them', async () => {
    await using a = await startMixer('a');
    await using b = await startMixer('b');
    for (const { mixer } of [a, b])
      mixer.onCall = stream => void pause(3).then(() => answer(stream, mixer.state.node));
    await using client = startPool([a, b], options);
    await until(() => client.states().every(state => state === 'open'));
    const answers: string[] = [];
    let loading = true;
    const loads = Array.from({ length: 8 }, async () => {
      while (loading) answers.push(await client.ask());
    });
    await until(() => answers.length > 50);
    await a.kill();
    const before = answers.length;
    await until(() => answers.length > before + 100);
    loading = false;
    await Promise.all(loads);
    assert.equal([...new Set(answers)].sort(), ['a', 'b']);
    assert.equal([...new Set(answers.slice(before + 20))], ['b']);
  });

  on('fail at once where no Mixer is, and name why', async () => {
    await using client = startPool([await nowhere()], options);
    await until(() => client.pool.down);
    const result = await client.pool.call('check', Buffer.from('x'), 60_000);
    const failure = 'failure' in result ? result.failure : undefined;
    assert.is(failure?.code, 'UNAVAILABLE');
    assert.is(failure?.seen, 'no');
    assert.match(failure?.message ?? '', /^no Mixer can be reached \(127\.0\.0\.1:\d+: ./);
    assert.is(client.pool.status()[0]?.state, 'waiting');
  });

  on('are bounded in number', async () => {
    await using a = await startMixer('a', { onCall: () => {} });
    await using client = startPool([a], { ...options, limits: { inFlight: 3 } });
    const stuck = [1, 2, 3].map(() => client.ask(300));
    assert.is(await client.ask(), 'RESOURCE_EXHAUSTED');
    await Promise.all(stuck);
  });

  on('reach Mixers that know no watch', async () => {
    await using a = await startMixer('a');
    withoutWatch(a);
    await using client = startPool([a], options);
    assert.is(await client.ask(), 'a');
    await pause(150);
    assert.is(a.mixer.watches, 1);
    assert.is(await client.ask(), 'a');
    assert.equal(client.heard, []);
  });

  on('in flight may end when the pool is closed, and then nothing is left', async () => {
    await using a = await startMixer('a', {
      onCall: stream => void pause(50).then(() => answer(stream, 'late')),
    });
    const client = startPool([a, await nowhere()], options);
    await until(() => client.states()[0] === 'open' && client.states()[1] === 'waiting');
    const late = client.ask();
    await client.pool.close(5_000);
    assert.is(await late, 'late');
    assert.is(await client.ask(), 'UNAVAILABLE');
    await until(() => a.sessions.size === 0);
    const { accepted } = a;
    await pause(150);
    assert.is(a.accepted, accepted);
  });
}

test('need addresses that are some', () => {
  assert.throws(() => startPool(['127.0.0.1:1', 'nonsense']), /"nonsense" is no address of a Mixer/);
});

test.run();
