// limit: 180 s
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Running, startKrater, stopAll } from './krater.ts';
import { meshFiles } from './mesh.ts';
import { temporaryFolder } from './temporary.ts';

const test = suite('the end of krater up');
test.after(stopAll);

const start = (...args: string[]) =>
  startKrater([
    'up',
    temporaryFolder(meshFiles),
    '--port',
    '0',
    '--admin-port',
    '0',
    '--format',
    'json',
    ...args,
  ]);

interface Workload {
  readonly pid: number;
}

/** The process ids of the applications. */
async function applications(mesh: Running): Promise<readonly number[]> {
  const status = await (await fetch(await mesh.address('admin'))).json();
  return (status as { workloads: readonly Workload[] }).workloads.map(({ pid }) => pid);
}

/** One that has ended and that nobody has asked about may stay in the table of processes. */
function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const stat = `/proc/${pid}/stat`;
  return !existsSync(stat) || !/\) [ZX] /.test(readFileSync(stat, 'utf8'));
}

async function untilEnded(pids: readonly number[]): Promise<void> {
  while (pids.some(runs)) await sleep(20);
}

/** Processes whose parent is `pid`; Linux only. */
function childrenOf(pid: number): readonly number[] {
  const children = `/proc/${pid}/task/${pid}/children`;
  return existsSync(children) ? readFileSync(children, 'utf8').trim().split(' ').map(Number) : [];
}

test('closing the terminal ends it as Ctrl-C does, and leaves no process behind', async () => {
  const mesh = start();
  await mesh.address('open front');
  const children = [...(await applications(mesh)), ...childrenOf(mesh.pid)];
  mesh.kill('SIGHUP');
  const { code, stdout } = await mesh.ended;
  assert.is(code, 0);
  assert.match(stdout, '"stopped"');
  assert.equal(children.filter(runs), []);
});

test('no application outlives a krater that is killed, not even one that ignores SIGTERM', async () => {
  const stubborn = `process.on('SIGTERM', () => {});\n${meshFiles['hello.mjs']}`;
  const folder = temporaryFolder({ ...meshFiles, 'hello.mjs': stubborn });
  const mesh = startKrater(['up', folder, '--port', '0', '--admin-port', '0', '--format', 'json']);
  await mesh.address('open front');
  const pids = [...(await applications(mesh)), ...childrenOf(mesh.pid)];
  mesh.kill('SIGKILL');
  await mesh.ended;
  await untilEnded(pids);
});

test('a signal ends it cleanly from the first moment', async () => {
  if (!existsSync('/proc/self/status')) return;
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    const mesh = start();
    while (!catchesHangups(mesh.pid)) await sleep(1);
    mesh.kill(signal);
    assert.is((await mesh.ended).code, 0, signal);
  }
});

/** Node itself catches the other signals, and we begin to catch this one last. */
function catchesHangups(pid: number): boolean {
  const [, caught = '0'] = /^SigCgt:\s*([0-9a-f]+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return (BigInt(`0x${caught}`) & 1n) === 1n;
}

test('ends when nobody reads its output any more', async () => {
  const mesh = start();
  await mesh.address('open front');
  const pids = await applications(mesh);
  mesh.closeOutput();
  await fetch(`http://${await mesh.address('back-v1 inbound')}/crash`);
  assert.is((await mesh.ended).code, 0);
  assert.equal(pids.filter(runs), []);
});

test.run();
