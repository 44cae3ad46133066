// limit: 180 s
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { golden } from './golden.ts';
import { krater, type Running, startKrater, stopAll } from './krater.ts';
import { meshFiles } from './mesh.ts';
import { refusal } from './refusal.ts';
import { temporaryFolder } from './temporary.ts';

const test = suite('krater up');
test.after(stopAll);

function startMesh(folder: string, ...args: string[]): Running {
  return startKrater(['up', folder, '--port', '0', '--admin-port', '0', '--format', 'json', ...args]);
}

const textOf = async (url: string) => (await fetch(url)).text();

async function stop(mesh: Running, signal: NodeJS.Signals = 'SIGINT') {
  mesh.kill(signal);
  const ended = await mesh.ended;
  assert.is(ended.code, 0, ended.stdout + ended.stderr);
}

function edit(folder: string, name: string, change: (text: string) => string): void {
  const path = join(folder, name);
  writeFileSync(path, change(readFileSync(path, 'utf8')));
}

test('starts every workload behind its sidecar, decides and counts, and ends cleanly', async () => {
  const mesh = startMesh(temporaryFolder(meshFiles));
  const page = await mesh.address('open front');
  assert.match(page, /^http:\/\/127\.0\.0\.1:\d+\/welcome$/);
  assert.is(await textOf(page), 'front-v1 got 200 back-v1');
  assert.match(await textOf(page.replace('welcome', 'secret')), /^front-v1 got 403 not for you/);

  const admin = new URL(await mesh.address('admin'));
  const status = await krater(['status', '--address', admin.host]);
  assert.is(status.code, 0);
  assert.match(status.stdout, /^configuration [0-9a-f]+, generation 1: 2 rules, 2 handlers$/m);
  assert.match(status.stdout, /^back-v1 +back +listening +0 +\d+$/m);
  const { workloads } = JSON.parse(
    (await krater(['status', '--address', admin.host, '--format', 'json'])).stdout,
  );
  assert.is(workloads.length, 2);
  assert.is(workloads[0].proxy.inbound.requests, 2);
  const own = await textOf(`http://${admin.host}/metrics`);
  assert.match(own, 'krater_config_info');
  assert.match(own, 'krater_proxy_requests_total{workload="front-v1",side="inbound"} 2\n');
  assert.match(own, 'krater_proxy_refused_total{workload="back-v1",side="inbound"} 1\n');

  const scrape = await mesh.address('prometheus metrics');
  let metrics = '';
  while (!/source="front-v1",code="403"/.test(metrics)) metrics = await textOf(scrape);
  assert.match(metrics, 'krater_requests_total{source="front-v1",code="200"} 1');
  assert.match(metrics, 'krater_requests_total{source="outside",code="200"} 2');

  const output = await mesh.event(event => event.event === 'output' && event['workload'] === 'back-v1');
  assert.is(output['line'], 'up');
  await stop(mesh);
  await refusal(fetch(page));
  for (const { pid } of workloads) assert.throws(() => process.kill(pid, 0), /ESRCH/);
});

test('prints a table of what listens where', async () => {
  const mesh = startKrater(['up', temporaryFolder(meshFiles), '--port', '0', '--admin-port', '0']);
  await mesh.printed(/open front/);
  mesh.kill('SIGINT');
  const { stdout } = await mesh.ended;
  const table = stdout.split('\n').filter(line => /127\.0\.0\.1/.test(line));
  golden('up-table', `${table.map(line => line.replace(/:\d+/g, ':PORT')).join('\n')}\n`);
});

test('an edited rule acts; a broken one changes nothing and is told with its place', async () => {
  const folder = temporaryFolder(meshFiles);
  const mesh = startMesh(folder);
  const page = await mesh.address('open front');
  const secret = page.replace('welcome', 'secret');
  assert.match(await textOf(secret), 'got 403');

  edit(folder, 'rules.yaml', text => text.replace('/secret', '/private'));
  const accepted = await mesh.event(event => event.event === 'reload');
  assert.is(accepted['accepted'], true);
  assert.is(accepted['generation'], 2);
  assert.equal(accepted['files'], [join(folder, 'rules.yaml')]);
  assert.match(String(accepted['carriedOver']), 'counted');
  assert.match(await textOf(secret), 'got 200');

  edit(folder, 'rules.yaml', text => text.replace('/private"', '/private'));
  const refused = await mesh.event(event => event.event === 'reload' && event['accepted'] === false);
  assert.is(refused['generation'], 2);
  const { problem } = (await mesh.event(event => 'problem' in event)) as unknown as {
    problem: { place: { line: number } };
  };
  assert.is(problem.place.line, 5);
  assert.match(await textOf(page.replace('welcome', 'private')), 'got 403');
  const admin = new URL(await mesh.address('admin'));
  const status = await krater(['status', '--address', admin.host]);
  assert.is(status.code, 1);
  assert.match(status.stdout, /the last change was refused at .*\n.*rules\.yaml:5:/);
  await stop(mesh, 'SIGTERM');
});

test('a secret that changes in its file is a change of the handler that has it', async () => {
  const traced = `---
apiVersion: krater.dev/v1
kind: Rule
metadata: { name: traced }
spec:
  match: trace.sampled
  actions:
  - handler: { adapter: tracing, params: { endpoint: "http://127.0.0.1:9/v1/traces", secretHeaders: { authorization: { file: token.txt } } } }
    instances: [{ name: span, template: tracespan, params: { trace_id: trace.id, span_name: request.path, start_time: request.time, end_time: response.time } }]
`;
  const folder = temporaryFolder({
    ...meshFiles,
    'rules.yaml': meshFiles['rules.yaml'] + traced,
    'token.txt': 'one',
  });
  const mesh = startMesh(folder);
  await mesh.address('open front');
  const rotating = setInterval(
    () => writeFileSync(join(folder, 'token.txt'), String(performance.now())),
    500,
  );
  const reload = await mesh.event(event => event.event === 'reload');
  clearInterval(rotating);
  assert.equal(reload['created'], ['istio-system/traced.actions[0]']);
  await stop(mesh);
});

test('workloads come and go with their documents, and others are not touched', async () => {
  const folder = temporaryFolder(meshFiles);
  const mesh = startMesh(folder);
  const front = await mesh.address('front-v1 inbound');
  const second = `  - name: back-v2
    labels: { app: back }
    run: { command: [node, hello.mjs] }
`;
  edit(folder, 'services.yaml', text => text + second);
  await mesh.address('back-v2 inbound');
  const seen = new Set<string>();
  while (seen.size < 2) seen.add(await textOf(`http://${front}/`));
  assert.equal([...seen].sort(), ['front-v1 got 200 back-v1', 'front-v1 got 200 back-v2']);

  edit(folder, 'services.yaml', text => text.replace(second, ''));
  await mesh.event(event => event.event === 'closed' && event['what'] === 'back-v2 inbound');
  for (let call = 0; call < 4; call++)
    assert.is(await textOf(`http://${front}/`), 'front-v1 got 200 back-v1');
  assert.is(
    mesh.events.filter(({ event, what }) => event === 'listening' && what === 'front-v1 inbound').length,
    1,
  );
  await stop(mesh);
});

test('an application that crashes is started again', async () => {
  const mesh = startMesh(temporaryFolder(meshFiles));
  const back = await mesh.address('back-v1 inbound');
  await fetch(`http://${back}/crash`);
  const exited = await mesh.event(event => event.event === 'exited');
  assert.is(exited['reason'], 'exit code 3');
  while ((await fetch(`http://${back}/`)).status !== 200)
    await new Promise(resolve => setTimeout(resolve, 50));
  await stop(mesh);
});

test('sends the traffic that a service declares, unless told not to', async () => {
  const declared = {
    ...meshFiles,
    'services.yaml': meshFiles['services.yaml'].replace(
      '  open: /welcome',
      '  open: /welcome\n  traffic: { path: /welcome, rate: 50, users: [ann] }',
    ),
  };
  const mesh = startMesh(temporaryFolder(declared));
  const scrape = await mesh.address('prometheus metrics');
  while (!/source="outside",code="200"\} [1-9]/.test(await textOf(scrape)))
    await new Promise(resolve => setTimeout(resolve, 50));
  await stop(mesh);

  const quiet = startMesh(temporaryFolder(declared), '--no-traffic');
  const page = await quiet.address('open front');
  await textOf(page);
  const metrics = await quiet.address('prometheus metrics');
  let counted = '';
  while (!counted.includes('source="outside"')) counted = await textOf(metrics);
  assert.match(counted, 'krater_requests_total{source="outside",code="200"} 1\n');
  await stop(quiet);
});

test('a bad configuration starts nothing', async () => {
  const broken = { ...meshFiles, 'rules.yaml': meshFiles['rules.yaml'].replace('denier', 'denyer') };
  const { code, stderr, stdout } = await krater([
    'up',
    temporaryFolder(broken),
    '--port',
    '0',
    '--admin-port',
    '0',
  ]);
  assert.is(code, 1);
  assert.match(stderr, /rules\.yaml:7:\d+ ADAPTER_NOT_INSTALLED/);
  assert.is(stdout, '');
});

test('a port in use is an error that names the flag, and nothing stays behind', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  const { code, stderr } = await krater(['up', temporaryFolder(meshFiles), '--admin-port', String(port)]);
  assert.is(code, 1);
  assert.match(stderr, /^CLI_PORT_IN_USE .*\n +hint: choose another with --admin-port/);

  const back = 'labels: { app: back }\n';
  const services = meshFiles['services.yaml'];
  const settings = { sidecar: `sidecar: { inbound: ${port} }`, address: `address: "127.0.0.1:${port}"` };
  for (const [setting, line] of Object.entries(settings)) {
    const folder = temporaryFolder({
      ...meshFiles,
      'services.yaml': services.replace(back, `${back}    ${line}\n`),
    });
    const refused = await krater(['up', folder, '--port', '0', '--admin-port', '0']);
    assert.is(refused.code, 1);
    assert.match(refused.stderr, new RegExp(`^(CLI|PROXY)_PORT_IN_USE .*${port}.*\\n +hint: .*${setting}`));
  }
  taken.close();
});

test('does not open the admin port beyond loopback without a token', async () => {
  const args = ['up', temporaryFolder(meshFiles), '--port', '0', '--admin-port', '0', '--host', '0.0.0.0'];
  const { code, stderr } = await krater(args);
  assert.is(code, 2);
  assert.match(stderr, 'CLI_TOKEN_NEEDED');
});

test('with a token, status needs it too', async () => {
  const mesh = startMesh(temporaryFolder(meshFiles), '--admin-token', 'secret');
  const { host } = new URL(await mesh.address('admin'));
  const without = await krater(['status', '--address', host]);
  assert.is(without.code, 1);
  assert.match(without.stderr, 'CLI_TOKEN_REFUSED');
  assert.is(
    (await krater(['status', '--address', host], { env: { ...process.env, KRATER_ADMIN_TOKEN: 'secret' } }))
      .code,
    0,
  );
  await stop(mesh);
});

test('a Ctrl-C while it still starts ends it cleanly', async () => {
  const slow = { ...meshFiles, 'hello.mjs': "console.log('never listens'); setInterval(() => {}, 1000);" };
  const mesh = startMesh(temporaryFolder(slow));
  await mesh.event(event => event.event === 'output');
  await stop(mesh);
});

test('an answer that never ends does not hold up the end; a second Ctrl-C does not wait for it', async () => {
  const folder = temporaryFolder(meshFiles);
  for (const [presses, code] of [
    [1, 0],
    [2, 130],
  ]) {
    const mesh = startMesh(folder);
    const back = await mesh.address('back-v1 inbound');
    const response = await fetch(`http://${back}/hang`);
    const cut = refusal(response.text());
    mesh.kill('SIGINT');
    await mesh.event(event => event.event === 'stopping');
    if (presses === 2) await new Promise(resolve => setTimeout(resolve, 300));
    if (presses === 2) mesh.kill('SIGINT');
    assert.is((await mesh.ended).code, code);
    await cut;
  }
});

test.run();
