import { setTimeout as delay } from 'node:timers/promises';
import denylist from '@krater/adapter-denylist';
import { type Ambient, createMixer, silentLog, statusCodeByNumber, systemAmbient } from '@krater/mixer';
import { createMixerClient, createMixerServer, transports } from '@krater/wire';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { OldClient } from '../wire/old-client.ts';
import { baseWords, oldWords } from '../wire/old-words.ts';

const test = suite('a rule change under load');

const ambient: Ambient = { ...systemAmbient, log: silentLog };

const policy = (entries: string) => `
apiVersion: krater.dev/v1
kind: Rule
metadata: { name: users }
spec:
  match: true
  actions:
  - handler: { adapter: denylist, params: { entries: [${entries}] } }
    instances: [{ name: user, template: listentry, params: { value: 'request.headers["user"] | "nobody"' } }]
`;

/** Milliseconds of load before the change, and after it. */
const before = 2_000;
const after = 1_500;

interface Checking {
  /** Answers by itself, or asks. */
  check(user: string): Promise<{ readonly code: string | undefined; readonly isHit: boolean }>;
  close(): void | Promise<void>;
}

function ourClient(address: string, transport: (typeof transports)[number]): Checking {
  const client = createMixerClient({ addresses: [address], transport, timeout: 5_000, ambient });
  return {
    async check(user) {
      const { status, origin } = await client.check(client.bag().put('request.headers', { user }));
      return { code: status.code, isHit: origin !== undefined };
    },
    close: () => client.close(0),
  };
}

/** It says nothing of itself, is told nothing but answers, and uses each for as long, and as often, as it says. */
function oldClient(address: string): Checking {
  const client = new OldClient(address, { words: oldWords.slice(0, baseWords) });
  return {
    async check(user) {
      const { code, isHit } = await client.check({ 'request.headers': { map: { user } } });
      return { code: statusCodeByNumber(code), isHit };
    },
    close: () => client.close(),
  };
}

test('from allow to deny reaches every client, ours and old ones, within a second, however well they cache', async () => {
  await using opened = new AsyncDisposableStack();
  const mixer = await createMixer({ config: policy('mallory'), adapters: [denylist], log: silentLog });
  opened.defer(() => mixer.close());
  const server = await createMixerServer({ mixer, listen: { host: '127.0.0.1', port: 0 }, ambient });
  opened.defer(() => server.drain(0));
  const address = `127.0.0.1:${(server.address as { port: number }).port}`;
  const ours = transports.map(transport => ourClient(address, transport));
  const clients = [...ours, ...Array.from({ length: 3 }, () => oldClient(address))];
  for (const client of clients) opened.defer(() => client.close());

  let changed = Infinity;
  const end = performance.now() + before + after;
  const seen = clients.map(async (client, index) => {
    const counts = { asked: 0, hits: 0, lastAllow: 0, slowest: 0, codes: new Set<string | undefined>() };
    // Old clients are not all in step: each keeps its answers from another moment on.
    await delay(index * 150);
    while (performance.now() < end) {
      const began = performance.now();
      const { code, isHit } = await client.check('zoe');
      const now = performance.now();
      counts.slowest = Math.max(counts.slowest, now - began);
      counts.codes.add(code);
      if (changed === Infinity) counts[isHit ? 'hits' : 'asked']++;
      else if (code === 'OK') counts.lastAllow = now - changed;
      await delay(2);
    }
    return counts;
  });
  await delay(before);
  await mixer.reload(policy('mallory, zoe'));
  changed = performance.now();
  const counts = await Promise.all(seen);
  console.log(counts.map(({ lastAllow }) => `${lastAllow.toFixed(1)} ms`).join(', '));

  for (const [index, { asked, hits, lastAllow, slowest, codes }] of counts.entries()) {
    const isOurs = index < ours.length;
    assert.equal([...codes], ['OK', 'PERMISSION_DENIED']);
    assert.ok(hits > 100 && asked <= (isOurs ? 2 : 4), `${hits} hits, ${asked} calls`);
    // An old client counts from when it has the answer, which may have been on its way when the rule changed.
    const most = isOurs ? 1_000 : 1_000 + slowest;
    assert.ok(lastAllow <= most, `the last allow came ${lastAllow} ms after the change`);
  }
});

test.run();
