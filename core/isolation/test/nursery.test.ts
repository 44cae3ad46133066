import { once } from 'node:events';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Child, Nursery } from '../src/launch/nursery.ts';
import { eventually, isAlive } from './isolated-mixer.ts';

const test = suite('nursery');

// A child that idles keeps nobody alive, and neither does its pipe.
let awake: NodeJS.Timeout;
test.before(() => {
  awake = setInterval(() => {}, 1_000);
});
test.after(() => clearInterval(awake));

/** Tells its own process id and its parent's to whoever greets it, and stays. */
const family = `
const pipe = new (require('node:net').Socket)({ fd: 3 });
pipe.on('data', () => pipe.write(process.pid + ' ' + process.ppid + '\\n'));
console.log('here');
console.error('and here');`;

function started(nursery: Nursery, ...args: readonly string[]) {
  const printed: string[] = [];
  const ended = Promise.withResolvers<string>();
  const child = nursery.start(args, {
    line: (stream, line) => void printed.push(`${stream}: ${line}`),
    ended: ended.resolve,
  });
  return { child, printed, ended: ended.promise };
}

/** The process ids of a child and of the nursery, as the child tells them. */
async function greet({ pipe }: Child): Promise<readonly [pid: number, parent: number]> {
  pipe.write('hello');
  const [answer] = await once(pipe, 'data');
  return String(answer).split(' ').map(Number) as [number, number];
}

test('starts a process that talks with its host, and tells what it prints and how it ended', async () => {
  const nursery = new Nursery();
  const release = nursery.keep();
  const { child, printed, ended } = started(nursery, '-e', family);
  const { pid, end } = await child;
  const [its, parent] = await greet(await child);
  assert.is(its, pid);
  assert.is.not(parent, process.pid);
  assert.ok(await eventually(() => printed.length === 2));
  assert.equal(printed.toSorted(), ['stderr: and here', 'stdout: here']);
  await end();
  assert.is(await ended, 'it was ended by SIGKILL');
  await end();
  await release();
  assert.not.ok(isAlive(parent), 'the nursery is gone');
});

test('starts many at once, and loses nothing that one of them says before it ends', async () => {
  const nursery = new Nursery();
  const release = nursery.keep();
  const speech = 'x'.repeat(100_000);
  const greeted = `const fs = require('node:fs'); const one = Buffer.alloc(1);
const greeting = () => { try { fs.readSync(3, one) } catch { setTimeout(greeting, 5); return }
const pipe = new (require('node:net').Socket)({ fd: 3 }); pipe.end('${speech}', () => process.exit(7)) }; greeting()`;
  const family = Array.from({ length: 12 }, () => started(nursery, '-e', greeted));
  await Promise.all(
    family.map(async ({ child, ended }) => {
      const { pipe } = await child;
      const said = text(pipe);
      pipe.write('!');
      assert.is((await said).length, speech.length);
      assert.is(await ended, 'it exited with 7');
    }),
  );
  await release();
});

test('tells the last lines of one that has ended, and how many were left out', async () => {
  const nursery = new Nursery();
  const release = nursery.keep();
  const lines = `setTimeout(() => { for (let line = 0; line < 150; line++) console.error(line); process.kill(process.pid, 'SIGKILL') }, 100)`;
  const { child, printed, ended } = started(nursery, '-e', lines);
  await child;
  assert.is(await ended, 'it was ended by SIGKILL');
  assert.ok(await eventually(() => printed.length > 100));
  assert.equal(printed.slice(98), ['stderr: 98', 'stderr: 99', 'stderr: (50 more lines were left out)']);
  await release();
});

test('tells of one that ends before its host hears of it', async () => {
  const nursery = new Nursery();
  const release = nursery.keep();
  const { child, ended } = started(nursery, '--no-such-option');
  const reason = await child.then(
    () => ended,
    error => (error as Error).message,
  );
  assert.is(reason, 'it exited with 9');
  await release();
});

test('takes its children along when it is killed, and is started anew for the next', async () => {
  const nursery = new Nursery();
  const release = nursery.keep();
  const first = started(nursery, '-e', family);
  const [pid, parent] = await greet(await first.child);
  process.kill(parent, 'SIGKILL');
  assert.is(await first.ended, 'the process that had started it has ended');
  assert.ok(await eventually(() => !isAlive(pid)), 'its child is gone');
  const second = started(nursery, '-e', 'setInterval(() => {}, 1_000)');
  const child = await second.child;
  await release();
  assert.is(await second.ended, 'the process that had started it has ended');
  assert.ok(await eventually(() => !isAlive(child.pid)), 'nothing is left');
});

test('is gone, and what it was to start too, when it is let go of while it starts', async () => {
  const nursery = new Nursery();
  const release = nursery.keep();
  const { child } = started(nursery, '-e', 'setInterval(() => {}, 1_000)');
  const born = child.then(
    ({ pid }) => pid,
    () => undefined,
  );
  await release();
  // Which of both came first is chance.
  const pid = await born;
  assert.ok(pid === undefined || (await eventually(() => !isAlive(pid))), 'nothing is left');
});

test('is kept by whoever may start another, and by nobody else', async () => {
  const nursery = new Nursery();
  const releases = [nursery.keep(), nursery.keep()];
  const { child } = started(nursery, '-e', family);
  const [, parent] = await greet(await child);
  await releases[0]?.();
  await (await child).end();
  assert.ok(isAlive(parent));
  await releases[1]?.();
  assert.not.ok(isAlive(parent));
});

test.run();
