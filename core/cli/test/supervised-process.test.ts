import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { freePort } from '../src/serve/free-port.ts';
import { type ProcessObserver, superviseProcess } from '../src/up/supervised-process.ts';
import { refusal } from './refusal.ts';

const test = suite('workload process');

const server = `
  const { createServer } = require('node:http');
  createServer((request, response) => { if (request.url === '/crash') process.exit(3); response.end(process.env.GREETING); })
    .listen(Number(process.env.PORT), process.env.HOST, () => console.log('ready on ' + process.env.HOST));
`;

function recorder() {
  const lines: string[] = [];
  const exits: string[] = [];
  const observer: ProcessObserver = {
    output: (name, line) => lines.push(`${name}: ${line}`),
    exited: (name, reason) => exits.push(`${name}: ${reason}`),
  };
  return { lines, exits, observer };
}

async function start(script: string, observer: ProcessObserver) {
  const port = await freePort(0, 'nothing');
  const command = ['node', '-e', script];
  return {
    port,
    workload: superviseProcess(
      { name: 'hello', command, folder: tmpdir(), port, env: { GREETING: 'hi' } },
      observer,
    ),
  };
}

test('runs a program that is told where to listen, and is ready when it does', async () => {
  const { lines, observer } = recorder();
  const { port, workload } = await start(server, observer);
  await workload.ready;
  assert.is(workload.state, 'listening');
  assert.is(await (await fetch(`http://127.0.0.1:${port}/`)).text(), 'hi');
  assert.equal(lines, ['hello: ready on 127.0.0.1']);
  await workload.stop();
  assert.is(workload.state, 'stopped');
  await refusal(fetch(`http://127.0.0.1:${port}/`));
});

test('starts a program again that has ended, and says why it ended', async () => {
  const { exits, observer } = recorder();
  const { port, workload } = await start(server, observer);
  await workload.ready;
  await fetch(`http://127.0.0.1:${port}/crash`).catch(() => {});
  while (workload.restarts === 0 || workload.state !== 'listening')
    await new Promise(resolve => setTimeout(resolve, 20));
  assert.is(await (await fetch(`http://127.0.0.1:${port}/`)).text(), 'hi');
  assert.equal(exits, ['hello: exit code 3']);
  await workload.stop();
});

test('a program that cannot be found is said to be so, and tried again', async () => {
  const { exits, observer } = recorder();
  const port = await freePort(0, 'nothing');
  const workload = superviseProcess(
    { name: 'nope', command: ['krater-no-such-program'], folder: tmpdir(), port, env: {} },
    observer,
  );
  while (exits.length === 0) await new Promise(resolve => setTimeout(resolve, 20));
  assert.is(exits[0], 'nope: spawn krater-no-such-program ENOENT');
  await workload.stop();
  await workload.ready;
});

test('ends a program that does not want to end', async () => {
  const { lines, observer } = recorder();
  const stubborn = `process.on('SIGTERM', () => console.log('no')); ${server}`;
  const { workload } = await start(stubborn, observer);
  await workload.ready;
  await workload.stop();
  assert.ok(lines.includes('hello: no'));
});

test('a wanted port in use is an error that names the setting', async () => {
  const { createServer } = await import('node:net');
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as { port: number };
  const error = await refusal(freePort(port, 'the "address" of workload "a"'));
  assert.is(error.code, 'CLI_PORT_IN_USE');
  assert.match(error.hint ?? '', 'the "address" of workload "a"');
  taken.close();
});

test.run();
