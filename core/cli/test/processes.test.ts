// limit: 240 s
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { UpStatus } from '../src/up/status.ts';
import { krater, type Running, startKrater, stopAll } from './krater.ts';
import { meshFiles } from './mesh.ts';
import { refusal } from './refusal.ts';
import { temporaryFolder } from './temporary.ts';

const test = suite('krater up --processes');
test.after(stopAll);

const startMesh = (folder: string): Running =>
  startKrater(['up', folder, '--processes', '--port', '0', '--admin-port', '0', '--format', 'json']);
const textOf = async (url: string) => (await fetch(url)).text();
const statusOf = async (mesh: Running): Promise<UpStatus> =>
  (await fetch(await mesh.address('admin'))).json() as Promise<UpStatus>;

/** Asks until the answer is as wanted: what was killed is on its way back. */
async function until(url: string, wanted: RegExp): Promise<void> {
  let answer = '';
  for (let turn = 0; turn < 200; turn++) {
    answer = await textOf(url).catch(String);
    if (wanted.test(answer)) return;
    await sleep(100);
  }
  throw new Error(`${url} answers ${answer}`);
}

async function stop(mesh: Running) {
  mesh.kill('SIGINT');
  const ended = await mesh.ended;
  assert.is(ended.code, 0, ended.stdout + ended.stderr);
}

const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

test('runs the Mixer and each sidecar as processes, and starts again whichever is killed', async () => {
  const mesh = startMesh(temporaryFolder(meshFiles));
  const page = await mesh.address('open front');
  const secret = page.replace('welcome', 'secret');
  assert.is(await textOf(page), 'front-v1 got 200 back-v1');
  assert.match(await textOf(secret), /^front-v1 got 403 not for you/);

  const { processes = [] } = await statusOf(mesh);
  assert.equal(processes.map(({ name }) => name).sort(), ['back-v1 sidecar', 'front-v1 sidecar', 'mixer']);
  for (const { name, pid = 0 } of processes) {
    process.kill(pid, 'SIGKILL');
    await mesh.event(event => event.event === 'exited' && event['workload'] === name);
    await until(secret, /^front-v1 got 403 not for you/);
    await until(page, /^front-v1 got 200 back-v1$/);
  }

  const after = await statusOf(mesh);
  assert.ok(after.processes?.every(({ restarts, state }) => restarts === 1 && state === 'listening'));
  const { code, stdout } = await krater(['status', '--address', new URL(await mesh.address('admin')).host]);
  assert.is(code, 0, stdout);
  assert.match(stdout, /mixer +listening +1/);

  const pids = [...(after.processes ?? []), ...after.workloads].map(({ pid = 0 }) => pid);
  await stop(mesh);
  await refusal(fetch(page));
  assert.equal(pids.filter(isAlive), []);
});

test('an edited rule reaches every process; one that is broken changes none', async () => {
  const folder = temporaryFolder(meshFiles);
  const mesh = startMesh(folder);
  const secret = (await mesh.address('open front')).replace('welcome', 'secret');
  assert.match(await textOf(secret), 'got 403');
  const rules = join(folder, 'rules.yaml');
  const edit = (from: string, to: string) =>
    writeFileSync(rules, readFileSync(rules, 'utf8').replace(from, to));
  edit('/secret"', '/private"');
  await until(secret, /got 200/);
  edit('/private"', '/private');
  await mesh.event(
    event => event.event === 'reload' && event['accepted'] === false && event['process'] === 'mixer',
  );
  await until(secret.replace('secret', 'private'), /got 403/);
  await stop(mesh);
});

test('a bad configuration starts nothing', async () => {
  const rules = meshFiles['rules.yaml'].replace('request.url_path ==', 'request.url_pth ==');
  const folder = temporaryFolder({ ...meshFiles, 'rules.yaml': rules });
  const { code, stderr } = await krater(['up', folder, '--processes', '--port', '0', '--admin-port', '0']);
  assert.is(code, 1);
  assert.match(stderr, /rules\.yaml:5:\d+ EXPRESSION_UNKNOWN_ATTRIBUTE/);
});

test.run();
