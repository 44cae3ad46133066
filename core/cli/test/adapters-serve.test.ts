import { join } from 'node:path';
import { createIsolation } from '@krater/isolation';
import { createMixer } from '@krater/mixer';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createAdapterLoader } from '../src/adapters/adapter-loader.ts';
import { krater, startKrater, stopAll } from './krater.ts';
import { temporaryFolder } from './temporary.ts';

const test = suite('krater adapters serve');
test.after(stopAll);

const rules = (address: string) => `apiVersion: krater.dev/v1
kind: Rule
metadata: { name: blocked }
spec:
  match: "true"
  actions:
  - handler:
      adapter: denylist
      deadline: 5s
      isolation: { mode: remote, address: "${address}" }
      params: { entries: [mallory] }
    instances: [{ name: user, template: listentry, params: { value: source.user } }]
`;

test('runs an adapter for a Mixer elsewhere, until it is told to stop', async () => {
  const serving = startKrater(['adapters', 'serve', 'denylist', '--port', '0', '--format', 'json']);
  const { address, adapter } = await serving.event(({ event }) => event === 'listening');
  assert.is(adapter, 'denylist');
  const folder = temporaryFolder();
  const mixer = await createMixer({
    config: [{ path: join(folder, 'rules.yaml'), text: rules(String(address)) }],
    adapters: createAdapterLoader(folder),
    isolation: createIsolation(),
    checkDeadline: 5_000,
  });
  const code = async (user: string) => (await mixer.check(mixer.bag().put('source.user', user))).status.code;
  assert.equal([await code('mallory'), await code('ada')], ['PERMISSION_DENIED', 'OK']);
  await mixer.close();
  serving.kill('SIGTERM');
  assert.is((await serving.ended).code, 0);
});

test('is wrong use without an adapter, with half a certificate, and beyond loopback without one', async () => {
  for (const args of [[], ['denylist', '--tls-key', 'none.pem']])
    assert.is((await krater(['adapters', 'serve', ...args])).code, 2, args.join(' '));
  const { code, stderr } = await krater(['adapters', 'serve', 'denylist', '--host', '0.0.0.0']);
  assert.is(code, 1);
  assert.match(stderr, 'ISOLATE_TLS_NEEDED');
});

test.run();
