// needs: openssl
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AnyAdapter } from '@krater/mixer';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { serveAdapter } from '../src/serving/index.ts';
import { createAuthority, pem } from './certificates.ts';
import misbehaving from './fixtures/misbehaving.ts';
import probe from './fixtures/probe.ts';
import { ask, asking, eventually, health, isolatedMixer } from './isolated-mixer.ts';

const test = suite('remote handlers');
const folder = mkdtempSync(join(tmpdir(), 'krater-remote-'));
const authority = createAuthority(folder, 'ours');
authority.issue('server', 'IP:127.0.0.1');
authority.issue('client', 'DNS:mixer');
createAuthority(folder, 'other').issue('stranger', 'DNS:mixer');
test.after(() => rmSync(folder, { recursive: true }));

const certificates = { certificate: pem(folder, 'server.crt'), key: pem(folder, 'server.key') };
const local = { host: '127.0.0.1', port: 0 };
const served = (adapter: unknown, more: object = {}) =>
  serveAdapter({ adapter: adapter as AnyAdapter, ...local, ...more });
const handler = (address: string, more = '') =>
  asking({ bad: `{ adapter: probe, isolation: { mode: remote, address: "${address}"${more} } }` });
const tls = (files: Readonly<Record<string, string>>) =>
  `, tls: { ${Object.entries(files)
    .map(([what, file]) => `${what}: ${join(folder, file)}`)
    .join(', ')} }`;

/** What a Mixer has against a handler: its first answer, and why it is not ready. */
async function answerOver(address: string, more: string): Promise<string> {
  await using world = await isolatedMixer(handler(address, more));
  const answer = await ask(world.mixer, 'bad', 'x');
  return answer === 'OK' ? answer : `${health(world.mixer, 'bad').reason}`;
}

test('are asked over TLS', async () => {
  const server = await served(probe, { tls: certificates });
  assert.is(await answerOver(server.address, tls({ ca: 'ours.crt' })), 'OK');
  assert.match(await answerOver(server.address, tls({ ca: 'other.crt' })), /nobody serves at/);
  assert.match(await answerOver(server.address, ''), /nobody serves at|has ended/);
  await server.close();
});

test('serve nobody without a certificate of their authority, if they have one', async () => {
  const server = await served(probe, { tls: { ...certificates, ca: pem(folder, 'ours.crt') } });
  const ca = { ca: 'ours.crt' };
  assert.is(
    await answerOver(server.address, tls({ ...ca, certificate: 'client.crt', key: 'client.key' })),
    'OK',
  );
  const refused = [tls(ca), tls({ ...ca, certificate: 'stranger.crt', key: 'stranger.key' })];
  for (const without of refused)
    assert.match(await answerOver(server.address, without), /nobody serves at|has ended/);
  assert.is(server.connections, 0);
  await server.close();
});

test('are not reached, and not served, beyond loopback without certificates', async () => {
  await using world = await isolatedMixer('');
  const { problems } = await world.mixer.reload(handler('192.0.2.1:9094'));
  assert.is(problems[0]?.code, 'ISOLATE_TLS_NEEDED');
  const unreadable = await world.mixer.reload(handler('127.0.0.1:9', tls({ ca: 'none.crt' })));
  assert.is(unreadable.problems[0]?.code, 'ISOLATE_TLS_UNREADABLE');
  for (const open of [{}, { tls: certificates }]) {
    const refused = served(probe, { host: '0.0.0.0', ...open }).catch(({ code }) => code);
    assert.is(await refused, 'ISOLATE_TLS_NEEDED');
  }
});

test('of another adapter are refused', async () => {
  const server = await served(misbehaving);
  await using world = await isolatedMixer('');
  const { problems } = await world.mixer.reload(handler(server.address));
  assert.is(problems[0]?.code, 'ISOLATE_OTHER_ADAPTER');
  await world.mixer.close();
  await server.close();
});

test('that are away do not refuse the configuration, and are asked as soon as they are there', async () => {
  const first = await served(probe);
  const { address } = first;
  await first.close();
  await using world = await isolatedMixer(handler(address));
  const { mixer } = world;
  assert.match(await ask(mixer, 'bad', 'x'), /^UNAVAILABLE .*is being started anew: nobody serves at/);
  const port = Number(address.split(':')[1]);
  const second = await served(probe, { port });
  assert.ok(await eventually(async () => (await ask(mixer, 'bad', 'x')) === 'OK'));
  await second.close();
  assert.ok(
    await eventually(
      () => health(mixer, 'bad').state === 'restarting' || health(mixer, 'bad').state === 'broken',
    ),
  );
  assert.match(`${health(mixer, 'bad').reason}`, address);
  const third = await served(probe, { port });
  assert.ok(await eventually(async () => (await ask(mixer, 'bad', 'x')) === 'OK'));
  assert.ok(health(mixer, 'bad').restarts >= 2);
  await mixer.close();
  assert.ok(await eventually(() => third.connections === 0));
  await third.close();
});

test.run();
