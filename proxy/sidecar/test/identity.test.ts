import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createPeerTokens } from '../src/peer/peer-token.ts';
import { eventually, exchangeRaw, mesh, peerKey, wallClock } from './mesh.ts';

const test = suite('who is calling');

const clockAt = (time: number) => {
  const clock = { time, now: () => clock.time };
  return clock;
};

test('verifies what another sidecar with the same key has signed, for that authority, in any letter case', () => {
  const token = createPeerTokens(peerKey, clockAt(1e12)).sign('reviews-v1', 'ratings:9080');
  const tokens = createPeerTokens(peerKey, clockAt(1e12));
  assert.is(tokens.verify(token, 'ratings:9080'), 'reviews-v1');
  assert.is(tokens.verify(token, 'RATINGS:9080'), 'reviews-v1');
});

test('refuses a token for another authority, under another key, or changed in any character', () => {
  const token = createPeerTokens(peerKey, clockAt(1e12)).sign('reviews-v1', 'ratings');
  const tokens = createPeerTokens(peerKey, clockAt(1e12));
  assert.is(tokens.verify(token, 'details'), undefined);
  assert.is(createPeerTokens('another key of sixteen', clockAt(1e12)).verify(token, 'ratings'), undefined);
  for (let index = 0; index < token.length; index++) {
    for (const other of ['A', 'z', '.', '0']) {
      if (token[index] === other) continue;
      const changed = token.slice(0, index) + other + token.slice(index + 1);
      assert.is(tokens.verify(changed, 'ratings'), undefined, changed);
    }
  }
  for (const junk of ['', '.', '...', 'v1...', 'v1.a.b.c', `${token}.x`, ` ${token}`, token.repeat(50)])
    assert.is(tokens.verify(junk, 'ratings'), undefined);
});

test('refuses an expired token, also one that it has verified before', () => {
  const clock = clockAt(1e12);
  const tokens = createPeerTokens(peerKey, clock);
  const token = tokens.sign('reviews-v1', 'ratings');
  assert.is(tokens.verify(token, 'ratings'), 'reviews-v1');
  clock.time += 59_000;
  assert.is(tokens.verify(token, 'ratings'), 'reviews-v1');
  clock.time += 2_000;
  assert.is(tokens.verify(token, 'ratings'), undefined);
  assert.is(createPeerTokens(peerKey, clock).verify(token, 'ratings'), undefined);
});

test('makes a new token well before the old one expires', () => {
  const clock = clockAt(1e12);
  const tokens = createPeerTokens(peerKey, clock);
  const token = tokens.sign('reviews-v1', 'ratings');
  assert.is(tokens.sign('reviews-v1', 'ratings'), token);
  clock.time += 31_000;
  assert.is.not(tokens.sign('reviews-v1', 'ratings'), token);
});

test('refuses a key that could be guessed', () => {
  assert.throws(
    () => createPeerTokens('short', wallClock),
    (error: { code?: string }) => error.code === 'PROXY_WEAK_PEER_KEY',
  );
});

test('knows the caller by the token of its sidecar, and hides the token from application and policy', async () => {
  let seen: NodeJS.Dict<string | string[]> = {};
  await using it = await mesh((incoming, response) => {
    seen = incoming.headers;
    response.end('ok');
  });
  await exchangeRaw(
    it.outbound,
    'GET / HTTP/1.1\r\nHost: ratings\r\nConnection: close\r\nx-krater-peer: mine\r\n\r\n',
  );
  await eventually(() => it.reports.length === 2);
  const inbound = it.reports.find(bag => bag.get('context.reporter.kind') === 'inbound');
  assert.is(inbound?.get('source.workload.name'), 'ratings-v1');
  assert.is(inbound?.get('source.namespace'), 'shop');
  assert.equal({ ...(inbound?.get('source.labels') as object) }, { app: 'ratings', version: 'v1' });
  assert.is(seen['x-krater-peer'], undefined);
  assert.is(
    (inbound?.get('request.headers') as Record<string, string> | undefined)?.['x-krater-peer'],
    undefined,
  );
  assert.is(seen['x-forwarded-for'], undefined);
  assert.is(it.sidecar.statistics().inbound.unverifiedPeers, 0);
});

test('believes no forged, replayed or repeated token, and no workload that is not declared', async () => {
  await using it = await mesh((_, response) => response.end('ok'));
  const tokens = createPeerTokens(peerKey, wallClock);
  const good = tokens.sign('reviews-v1', 'ratings');
  const lines = [
    'x-krater-peer: reviews-v1',
    `x-krater-peer: ${tokens.sign('reviews-v1', 'details')}`,
    `x-krater-peer: ${tokens.sign('nobody', 'ratings')}`,
    `x-krater-peer: ${good}\r\nx-krater-peer: ${good}`,
  ];
  for (const line of lines)
    await exchangeRaw(it.inbound, `GET / HTTP/1.1\r\nHost: ratings\r\nConnection: close\r\n${line}\r\n\r\n`);
  await exchangeRaw(
    it.inbound,
    `GET / HTTP/1.1\r\nHost: ratings\r\nConnection: close\r\nx-krater-peer: ${good}\r\n\r\n`,
  );
  await eventually(() => it.reports.length === 5);
  assert.equal(
    it.reports.map(bag => bag.get('source.workload.name')),
    [undefined, undefined, undefined, undefined, 'reviews-v1'],
  );
  assert.is(it.sidecar.statistics().inbound.unverifiedPeers, 3);
});

test.run();
