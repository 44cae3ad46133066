import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { transports } from '../../src/transport.ts';
import { ambient, answer, begin, pause, refuse, startRaw, until } from '../transport/servers.ts';
import { startMixer, startPool, stateOf, withoutWatch } from './mixers.ts';

const test = suite('a pool and the coming and going of Mixers');

for (const kind of transports) {
  const on = (name: string, run: () => Promise<void>) => test(`${kind}: ${name}`, run);
  const options = { transport: kind };

  on('uses a Mixer again that was killed and started anew on its port', async () => {
    const first = await startMixer('first');
    await using client = startPool([first], options);
    assert.is(await client.ask(), 'first');
    await until(() => client.heard.length === 1);
    await first.kill();
    await until(() => client.pool.down);
    assert.is(await client.ask(), 'UNAVAILABLE');
    await pause(300);
    await using _second = await startMixer('second', { port: first.port });
    await until(() => !client.pool.down);
    assert.is(await client.ask(), 'second');
    await until(() => client.heard.length === 3);
    assert.equal(client.heard, ['first s1', 'lost 0', 'second s1']);
  });

  on(
    'goes over to a new connection when the server wants the old one to end, without a failed call',
    async () => {
      await using a = await startMixer('a');
      await using client = startPool([a], options);
      await client.ask();
      let loading = true;
      const answers: string[] = [];
      const load = Array.from({ length: 4 }, async () => {
        while (loading) answers.push(await client.ask());
      });
      for (let time = 0; time < 5; time++) {
        const { accepted } = a;
        for (const session of a.sessions) session.close();
        await until(() => a.accepted > accepted);
        await pause(20);
      }
      loading = false;
      await Promise.all(load);
      assert.equal([...new Set(answers)], ['a']);
    },
  );

  on('gives no calls to a Mixer that says that it drains', async () => {
    await using a = await startMixer('a');
    await using b = await startMixer('b');
    await using client = startPool([a, b], options);
    await until(() => client.heard.length === 2);
    a.mixer.tell(stateOf('a', { draining: true }));
    await until(() => client.heard.includes('a s1 draining'));
    await until(() => client.states()[0] !== 'open');
    const before = a.mixer.calls;
    for (let call = 0; call < 10; call++) assert.is(await client.ask(), 'b');
    assert.is(a.mixer.calls, before);
    // It is not asked again and again either: each attempt finds the same, and waits longer.
    const { accepted } = a;
    await pause(300);
    assert.ok(a.accepted - accepted < 8, `${a.accepted - accepted} connections`);
    a.mixer.state = stateOf('a');
    await until(() => client.states()[0] === 'open' && client.heard.at(-1) === 'a s1');
  });

  on('lets calls to a draining Mixer end', async () => {
    await using a = await startMixer('a', {
      onCall: stream => void pause(60).then(() => answer(stream, 'late')),
    });
    await using client = startPool([a], options);
    await until(() => client.heard.length === 1);
    const late = client.ask();
    await until(() => a.mixer.calls === 1);
    a.mixer.tell(stateOf('a', { draining: true }));
    assert.is(await late, 'late');
  });

  on('leaves a Mixer alone that lets calls time out, and comes back with one call at a time', async () => {
    await using a = await startMixer('a', { onCall: () => {} });
    withoutWatch(a);
    await using client = startPool([a], { ...options, limits: { failures: 3 } });
    await until(() => client.states()[0] === 'open');
    for (let call = 0; call < 3; call++) assert.is(await client.ask(30), 'DEADLINE_EXCEEDED');
    assert.is(client.pool.down, true);
    assert.is(await client.ask(60_000), 'UNAVAILABLE');

    await until(() => client.states()[0] === 'open');
    const probe = client.ask(60);
    assert.is(await client.ask(60), 'UNAVAILABLE');
    assert.is(await probe, 'DEADLINE_EXCEEDED');
    assert.is(client.pool.down, true);

    a.mixer.onCall = stream => answer(stream, 'well again');
    await until(() => !client.pool.down);
    assert.is(await client.ask(), 'well again');
    assert.equal(await Promise.all([client.ask(), client.ask()]), ['well again', 'well again']);
  });

  on('asks a Mixer that stalled again while calls from before still wait for it', async () => {
    await using a = await startMixer('a', { onCall: () => {} });
    withoutWatch(a);
    await using client = startPool([a], { ...options, limits: { failures: 2 } });
    await until(() => client.states()[0] === 'open');
    const stuck = client.ask(3_000);
    for (let call = 0; call < 2; call++) await client.ask(30);
    assert.is(client.pool.down, true);
    a.mixer.onCall = stream => answer(stream, 'well again');
    await until(() => client.states()[0] === 'open');
    assert.is(await client.ask(), 'well again');
    for (const session of a.sessions) session.destroy();
    await stuck;
    assert.is(client.pool.status()[0]?.active, 0);
  });

  on('holds the impatience of callers against no Mixer', async () => {
    await using a = await startMixer('a', { onCall: () => {} });
    await using client = startPool([a], { ...options, limits: { failures: 3 } });
    await until(() => client.states()[0] === 'open');
    for (let call = 0; call < 10; call++) assert.is(await client.ask(2), 'DEADLINE_EXCEEDED');
    assert.is(client.pool.down, false);
  });

  on('leaves a Mixer alone that refuses checks, not one that refuses reports', async () => {
    await using a = await startMixer('a', { onCall: stream => refuse(stream, 14, 'busy') });
    await using client = startPool([a], { ...options, limits: { failures: 3 } });
    await until(() => client.heard.length === 1);
    for (let call = 0; call < 5; call++) assert.is(await client.ask(2_000, 'report'), 'UNAVAILABLE');
    assert.is(client.pool.down, false);
    for (let call = 0; call < 3; call++) assert.is(await client.ask(), 'UNAVAILABLE');
    assert.is(client.pool.down, true);
    assert.is(client.pool.status()[0]?.why, 'busy');
    // The first check after the pause decides about the next pause.
    await until(() => !client.pool.down);
    assert.is(await client.ask(), 'UNAVAILABLE');
    assert.is(client.pool.down, true);
    a.mixer.onCall = stream => answer(stream, 'a');
    await until(() => !client.pool.down);
    assert.is(await client.ask(), 'a');
    assert.equal(await Promise.all([client.ask(), client.ask()]), ['a', 'a']);
    // All the time the connection and its watch were there.
    assert.is(a.accepted, 1);
    assert.equal(client.heard, ['a s1']);
  });

  on('notices the end of a connection that it leaves alone', async () => {
    const a = await startMixer('a', { onCall: stream => refuse(stream, 14, 'busy') });
    const limits = { failures: 1, firstPause: 60_000, longestPause: 60_000 };
    const client = startPool([a], { ...options, limits });
    await until(() => client.heard.length === 1);
    await client.ask();
    await a.kill();
    await until(() => client.heard.length === 2);
    assert.equal(client.heard, ['a s1', 'lost 0']);
    assert.is(client.pool.down, true);
    await client.pool.close(0);
  });

  on('makes one caller wait for a server that says nothing, and no other', async () => {
    await using silent = await startRaw(() => {});
    await using client = startPool([silent.address], options);
    assert.is(await client.ask(50), 'DEADLINE_EXCEEDED');
    assert.is(client.pool.down, true);
    assert.is(await client.ask(60_000), 'UNAVAILABLE');
  });

  on('keeps few connections to a server that says nothing', async () => {
    let taken = 0;
    await using silent = await startRaw(() => taken++);
    const limits = { firstPause: 5, longestPause: 10, transport: { connect: 10 } };
    await using _client = startPool([silent.address], { ...options, limits });
    await until(() => taken > 20);
    assert.ok(silent.sockets.size < 8, `${silent.sockets.size} connections`);
  });

  on('opens a watch again that ended alone, and hears of every change', async () => {
    await using a = await startMixer('a');
    await using client = startPool([a], options);
    await until(() => client.heard.length === 1);
    a.mixer.tell(stateOf('a', { snapshot: 's2' }));
    await until(() => client.heard.length === 2);
    a.mixer.endWatches();
    await until(() => client.heard.length === 4);
    assert.equal(client.heard, ['a s1', 'a s2', 'lost 0', 'a s2']);
    assert.is(a.accepted, 1);
    assert.is(client.pool.status()[0]?.node, 'a');
  });

  on('opens a watch again whose messages cannot be read, not at once', async () => {
    await using a = await startMixer('a');
    const { onWatch } = a.mixer;
    let given = 0;
    a.mixer.onWatch = stream => {
      begin(stream)(Buffer.of(0x0a, 0xff));
      stream.on('close', () => given++);
    };
    await using client = startPool([a], options);
    await until(() => a.mixer.watches === 2);
    a.mixer.onWatch = onWatch;
    await until(() => client.heard.length === 1);
    await until(() => given === 2);
    assert.is(await client.ask(), 'a');
  });
}

test('says once that a Mixer is gone, and once that it is back', async () => {
  const logged: string[] = [];
  const record = (message: string) => void logged.push(message);
  const log = { debug() {}, info: record, warn: record, error: record };
  const first = await startMixer('first');
  await using client = startPool([first], { ambient: { ...ambient, log } });
  await client.ask();
  await first.kill();
  await pause(300);
  await using _second = await startMixer('second', { port: first.port });
  await until(() => client.states()[0] === 'open');
  assert.equal(logged, ['a Mixer is out of use', 'a Mixer is in use again']);
});

test('tries again after pauses that double, and that are short again after a success', async () => {
  const pauses: number[] = [];
  const after: typeof ambient.after = (milliseconds, run, awaited) => {
    const isPause = awaited === undefined && milliseconds > 0 && milliseconds <= 1_000;
    if (isPause) pauses.push(milliseconds);
    return ambient.after(isPause ? 1 : milliseconds, run, awaited);
  };
  const gone = await startRaw(socket => socket.destroy());
  await using client = startPool([gone.address], {
    ambient: { ...ambient, random: () => 1, after },
    limits: { transport: { connect: 60_000, silence: 60_000 } },
  });
  await until(() => pauses.length >= 7);
  assert.equal(pauses.slice(0, 7), [50, 100, 200, 400, 800, 1_000, 1_000]);

  await gone[Symbol.asyncDispose]();
  const back = await startMixer('back', { port: Number(gone.address.split(':')[1]) });
  await until(() => client.heard.length === 1);
  pauses.length = 0;
  await back.kill();
  await until(() => pauses.length >= 2);
  assert.equal(pauses.slice(0, 2), [50, 100]);
});

test.run();
