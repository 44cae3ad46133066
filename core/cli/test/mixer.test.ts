// limit: 240 s
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { golden } from './golden.ts';
import { krater, type Running, startKrater, stopAll } from './krater.ts';
import { temporaryFolder } from './temporary.ts';

const test = suite('krater mixer, and who asks it');
test.after(stopAll);

const rules = `apiVersion: krater.dev/v1
kind: Rule
metadata: { name: no-secrets }
spec:
  match: request.url_path == "/secret"
  onMissing: skip
  actions:
  - handler: { adapter: denier, params: { message: not for you } }
    instances: [{ name: all, template: checknothing }]
---
apiVersion: krater.dev/v1
kind: Rule
metadata: { name: limited }
spec:
  match: destination.service.name == "shop"
  actions:
  - handler: { adapter: memquota, params: { quotas: [{ name: requests, limit: 5, window: 1h }] } }
    instances: [{ name: requests, template: quota, params: { dimensions: { user: 'request.headers["user"] | "anonymous"' } } }]
  responseHeaderOperations:
  - { name: x-shop, values: ['"open"'] }
`;

const startMixer = (folder: string, ...args: string[]) =>
  startKrater(['mixer', folder, '--admin-port', '0', '--node', 'mx', '--format', 'json', ...args]);

async function stop(running: Running) {
  running.kill('SIGTERM');
  const { code, stdout, stderr } = await running.ended;
  assert.is(code, 0, stdout + stderr);
}

/** Without what is another each time. */
const masked = (text: string) =>
  text
    .replace(/took \S+ ms/, 'took TIME')
    .replace(/configuration \S+/, 'configuration HASH')
    .replace(/epoch \d+/, 'epoch N')
    .replace(/whole again in \S+/, 'whole again in TIME')
    .replace(/decision mx-\w+\.\d+/, 'decision mx.N')
    .replace(/node mx-\w+/, 'node mx')
    .replace(/\d+ bytes sent, \d+ received/, 'N bytes sent, N received');

test('answers check, quota and report, and shows it all on its admin port', async () => {
  const folder = temporaryFolder({ 'rules.yaml': rules });
  const mixer = startMixer(folder, '--port', '0');
  const address = await mixer.address('mixer');
  const shop = ['-a', 'destination.service.name=shop', '-a', 'request.headers[user]=zoe'];

  const allowed = await krater(['check', address, ...shop]);
  assert.is(allowed.code, 0);
  golden('check-allowed', masked(allowed.stdout));
  const refused = await krater(['check', address, '-a', 'request.url_path=/secret', '--verbose']);
  assert.is(refused.code, 1);
  golden('check-refused', masked(refused.stdout));
  const asked = await krater(['quota', address, ...shop, '-q', 'requests=3', '-q', 'unheard-of=2']);
  assert.is(asked.code, 0);
  golden('quota-granted', masked(asked.stdout));
  const exhausted = await krater(['quota', address, ...shop, '-q', 'requests=3']);
  assert.is(exhausted.code, 1);
  assert.match(exhausted.stdout, /quota requests: granted 0 of 3 \(RESOURCE_EXHAUSTED/);

  const json = await krater(['check', address, ...shop, '--format', 'json', '--transport', 'grpc-js']);
  const reply = JSON.parse(json.stdout);
  assert.is(reply.transport, 'grpc-js');
  assert.match(reply.krater.node, /^mx-[0-9a-f]{6}$/);
  assert.equal(reply.responseHeaders, [{ operation: 'replace', name: 'x-shop', value: 'open' }]);

  const reported = await krater(['report', address, ...shop, '-a', 'response.code=200', '--batch', '10']);
  assert.match(reported.stdout, /^reported 10 records in \S+ ms over http2\n$/);

  const admin = new URL(await mixer.address('admin'));
  const page = async (path: string) => (await fetch(new URL(path, admin))).text();
  assert.is(await page('/readyz'), 'ready\n');
  const metrics = await page('/metrics');
  assert.match(metrics, 'krater_reports_total 10');
  assert.match(metrics, 'krater_rule_denied_total{rule="istio-system/no-secrets"} 1');
  assert.match(metrics, /^krater_wire_calls_total\{.*\} \d+$/m);
  const { rules: served } = JSON.parse(await page('/config'));
  assert.equal(
    served.map((one: { rule: string }) => one.rule),
    ['istio-system/limited', 'istio-system/no-secrets'],
  );
  const id = /decision (mx-\w+\.\d+)/.exec(refused.stdout)?.[1] ?? '';
  const decision = JSON.parse(await page(`/decisions/${id}`));
  assert.is(decision.status.message, 'not for you');
  assert.equal(decision.bag, { 'request.url_path': '/secret' });
  await stop(mixer);
});

test('sums up many calls', async () => {
  const mixer = startMixer(temporaryFolder({ 'rules.yaml': rules }), '--port', '0');
  const address = await mixer.address('mixer');
  const many = ['check', address, '-a', 'request.url_path=/', '--repeat', '500', '--concurrency', '8'];
  const { code, stdout } = await krater(many);
  assert.is(code, 0);
  assert.match(stdout, /^500 calls in \S+ s: \d+ a second\n {2}latency: p50 \S+ ms, .*\n {2}OK: 500\n$/);
  const summary = JSON.parse((await krater([...many, '--format', 'json'])).stdout);
  assert.is(summary.calls, 500);
  assert.equal(summary.outcomes, { OK: 500 });
  await stop(mixer);
});

test('follows its files while it answers', async () => {
  const folder = temporaryFolder({ 'rules.yaml': rules });
  const mixer = startMixer(folder, '--port', '0');
  const address = await mixer.address('mixer');
  const path = join(folder, 'rules.yaml');
  writeFileSync(path, readFileSync(path, 'utf8').replace('/secret', '/private'));
  const reload = await mixer.event(event => event.event === 'reload');
  assert.is(reload['accepted'], true);
  assert.is((await krater(['check', address, '-a', 'request.url_path=/secret'])).code, 0);
  assert.is((await krater(['check', address, '-a', 'request.url_path=/private'])).code, 1);
  await stop(mixer);
});

test('listens on a Unix socket', async () => {
  const folder = temporaryFolder({ 'rules.yaml': rules });
  const mixer = startMixer(folder, '--socket', join(folder, 'mixer.sock'));
  const address = await mixer.address('mixer');
  assert.is(address, `unix:${join(folder, 'mixer.sock')}`);
  assert.is((await krater(['check', address, '-a', 'request.url_path=/'])).code, 0);
  await stop(mixer);
});

test('says what is wrong with a call, and what to type next', async () => {
  const cases: readonly (readonly [args: readonly string[], code: number, said: RegExp])[] = [
    [['check', '127.0.0.1:9'], 1, /^CLI_NO_ANSWER .*\n +hint: start one: krater mixer DIR/],
    [['check', 'nowhere'], 2, /^WIRE_BAD_ADDRESS "nowhere" .*\n +hint: write HOST:PORT/],
    [
      ['check', '127.0.0.1:9', '-a', 'request.pth=/'],
      2,
      /^CLI_BAD_ATTRIBUTE .*\n +hint: did you mean "request.path"/,
    ],
    [['quota', '127.0.0.1:9'], 2, /^CLI_WRONG_USE no quota is asked for\n +hint: name one: -q/],
    [['check', '127.0.0.1:9', '-q', 'a=b'], 2, /^CLI_WRONG_USE "a=b" is not NAME=AMOUNT/],
    [['check', '127.0.0.1:9', '--mixer-cert', 'x'], 2, /^CLI_WRONG_USE .*\n +hint: give both/],
  ];
  for (const [args, code, said] of cases) {
    const ended = await krater(args);
    assert.is(ended.code, code, args.join(' '));
    assert.match(ended.stderr, said);
  }
});

test('refuses to start where anybody could choose whose rules apply, or without what TLS needs', async () => {
  const folder = temporaryFolder({ 'rules.yaml': rules });
  const start = (...args: string[]) => krater(['mixer', folder, '--port', '0', '--admin-port', '0', ...args]);
  const open = await start('--host', '0.0.0.0', '--admin-token', 'secret');
  assert.is(open.code, 2);
  assert.match(open.stderr, /^WIRE_NAMESPACE_NEEDED .*\n +hint: .*--namespace/);
  const half = await start('--tls-cert', 'cert.pem');
  assert.is(half.code, 2);
  assert.match(half.stderr, /^CLI_WRONG_USE TLS takes a certificate and its key/);
});

test('a port in use is named with the flag to change it', async () => {
  const folder = temporaryFolder({ 'rules.yaml': rules });
  const mixer = startMixer(folder, '--port', '0');
  const port = (await mixer.address('mixer')).split(':').at(-1) ?? '';
  const second = await krater(['mixer', folder, '--port', port, '--admin-port', '0']);
  assert.is(second.code, 1);
  assert.match(
    second.stderr,
    /^CLI_PORT_IN_USE the gRPC port .* is in use\n +hint: choose another with --port/,
  );
  await stop(mixer);
});

test.run();
