import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Account } from '../src/account.ts';
import { DescriptorOutlet, type Lines } from '../src/file-outlet.ts';
import { type Batch, Sink } from '../src/sink.ts';
import { folder, logEnv, logger, shape } from './logger.ts';

const test = suite('logging loss');
const file = (path: string, more: object = {}) => ({ sink: { kind: 'file', path, ...more } });
const numbers = (lines: readonly string[]) => lines.map(line => JSON.parse(line).n as number);

test('acknowledges what it has written, in order', async () => {
  using dir = folder();
  const one = await logger(file(dir.file('deep/er/access.log')));
  one.tellMany(5000);
  await one.close();
  assert.equal(
    numbers(dir.lines('deep/er/access.log')),
    Array.from({ length: 5000 }, (_, n) => n),
  );
  assert.is(one.acknowledged(), 5000);
  assert.is(one.lost(), 0);
});

test('writes a few entries after the flush time', async () => {
  using dir = folder();
  const one = await logger({ ...file(dir.file()), flush: '1s' });
  one.tellMany(2);
  assert.is(dir.read(), '');
  await one.env.clock.advance(1000);
  await one.settled(2);
  assert.is(dir.lines().length, 2);
  await one.close();
});

for (const drop of ['oldest', 'newest']) {
  test(`loses everything on a full device, counted to the record (drop: ${drop})`, async () => {
    const one = await logger({ ...file('/dev/full'), queue: { size: '64KiB', drop } });
    for (let round = 0; round < 20; round++) {
      one.tellMany(500);
      await one.env.clock.advance(200);
    }
    await one.close();
    assert.is(one.acknowledged(), 0);
    assert.is(one.lost(), 10_000);
    const warning = one.env.logged.find(({ message }) => message === 'log entries were lost');
    assert.equal(warning?.fields, { produced: 10_000, acknowledged: 0, lost: 10_000 });
  });
}

test('keeps the newest entries when the queue is full, or the oldest, as told', async () => {
  for (const drop of ['oldest', 'newest']) {
    using dir = folder();
    const env = logEnv([shape({ n: 'INT64', fill: 'STRING' })]);
    const one = await logger({ ...file(dir.file()), queue: { size: '64KiB', drop } }, env);
    one.tellMany(2000, n => ({ n, fill: 'x'.repeat(100) }));
    await one.close();
    const written = numbers(dir.lines());
    assert.is(one.acknowledged(), written.length);
    assert.is(one.acknowledged() + one.lost(), 2000);
    assert.ok(one.lost() > 0);
    assert.is(written.includes(1800), drop === 'oldest');
    assert.ok(written.includes(0), 'what is being written already is not dropped');
  }
});

/** A child process, because only a limit of the system's makes a regular file refuse the rest of a write. */
test('accounts for every line on a file that fills up, and leaves no torn line', () => {
  using dir = folder();
  const script = `
    import { logger } from ${JSON.stringify(new URL('./logger.ts', import.meta.url).href)};
    process.on('SIGXFSZ', () => {});
    const one = await logger({ sink: { kind: 'file', path: ${JSON.stringify(dir.file())} } });
    one.tellMany(3000);
    await one.close();
    console.log(JSON.stringify([one.acknowledged(), one.lost()]));`;
  const command = `ulimit -f 100; exec "$0" --conditions=krater-source --input-type=module -e "$1"`;
  const output = execFileSync('sh', ['-c', command, process.execPath, script], { encoding: 'utf8' });
  const [acknowledged, lost] = JSON.parse(output.trim().split('\n').at(-1) as string);
  assert.is(acknowledged + lost, 3000);
  assert.ok(lost > 0 && acknowledged > 0, output);
  assert.ok(dir.read().endsWith('\n'));
  assert.equal(
    numbers(dir.lines()),
    Array.from({ length: acknowledged }, (_, n) => n),
  );
});

test('goes on where it was torn once there is room again', async () => {
  using dir = folder();
  const env = logEnv();
  const descriptor = openSync(dir.file(), 'a');
  let calls = 0;
  /** Every third write takes five bytes only and fails. */
  class Narrow extends DescriptorOutlet {
    override async write(batch: Batch<Lines>): Promise<void> {
      const { payload } = batch;
      if (calls++ % 3 === 1) {
        payload.written += writeSync(descriptor, payload.bytes, payload.written, 5);
        batch.begun = true;
        throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
      }
      await super.write(batch);
    }
  }
  const sink = new Sink('narrow', new Narrow(descriptor), env);
  const account = new Account({ size: 1 << 20, drop: 'oldest' }, { acknowledged() {}, lost() {} });
  for (let n = 0; n < 10; n++) {
    const bytes = Buffer.from(`{"n":${n}}\n`);
    account.produced++;
    sink.offer({ payload: { bytes, written: 0 }, account, size: bytes.length, records: 1, begun: false });
  }
  while (account.acknowledged < 10) await env.clock.advance(5_000);
  assert.equal(numbers(dir.lines()), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert.is(account.acknowledged, 10);
  assert.ok(env.logged.some(({ message }) => message === 'a log sink works again'));
  await sink.close();
  closeSync(descriptor);
  await env.close();
});

test('writes what comes at the very moment that a write ends', async () => {
  for (let turns = 0; turns < 8; turns++) {
    using dir = folder();
    const env = logEnv();
    const descriptor = openSync(dir.file(), 'a');
    const sink = new Sink('console', new DescriptorOutlet(descriptor), env);
    const { promise: first, resolve } = Promise.withResolvers<void>();
    const ledger = { acknowledged: () => resolve(), lost() {} };
    const account = new Account({ size: 1 << 20, drop: 'oldest' }, ledger);
    const offer = () => {
      const bytes = Buffer.from('{}\n');
      account.produced++;
      sink.offer({ payload: { bytes, written: 0 }, account, size: bytes.length, records: 1, begun: false });
    };
    offer();
    await first;
    for (let turn = 0; turn < turns; turn++) await undefined;
    offer();
    await sink.drain(1_000);
    assert.is(account.acknowledged, 2, `${turns} turns later`);
    await sink.close();
    closeSync(descriptor);
    await env.close();
  }
});

test('begins on a line of its own behind what another process left torn', async () => {
  using dir = folder();
  writeFileSync(dir.file(), '{"n":');
  const one = await logger(file(dir.file()));
  one.tellMany(1);
  await one.close();
  assert.is(dir.lines()[0], '{"n":');
  assert.equal(numbers(dir.lines().slice(1)), [0]);
});

test('survives a console whose reader has gone, and counts what it lost', async () => {
  const script = `
    import { logger } from ${JSON.stringify(new URL('./logger.ts', import.meta.url).href)};
    const one = await logger({ sink: { kind: 'console' } });
    one.tellMany(10);
    await one.env.clock.advance(1000);
    await one.settled(10);
    await new Promise(resolve => process.stdin.once('data', resolve));
    process.stdin.destroy();
    one.tellMany(1000);
    await one.close();
    console.error(JSON.stringify([one.acknowledged(), one.lost()]));`;
  const child = spawn(process.execPath, ['--conditions=krater-source', '--input-type=module', '-e', script]);
  const errors: Buffer[] = [];
  child.stderr.on('data', chunk => errors.push(chunk));
  const [first] = await once(child.stdout, 'data');
  assert.is(String(first).split('\n').length, 11);
  child.stdout.destroy();
  child.stdin.write('go\n');
  const [code] = await once(child, 'close');
  assert.is(code, 0, Buffer.concat(errors).toString());
  const [acknowledged, lost] = JSON.parse(
    Buffer.concat(errors).toString().trim().split('\n').at(-1) as string,
  );
  assert.is(acknowledged + lost, 1010);
  assert.is(acknowledged, 10);
});

test('rotates by size and keeps as many files as told', async () => {
  using dir = folder();
  const one = await logger(file(dir.file(), { rotate: { size: '64KiB', keep: 2 } }));
  for (let round = 0; round < 20; round++) {
    one.tellMany(200, n => ({ n: round * 200 + n }));
    await one.env.clock.advance(100);
    await one.settled((round + 1) * 200);
  }
  await one.close();
  const files = ['access.log.2', 'access.log.1', 'access.log'];
  for (const name of files) assert.ok(statSync(dir.file(name)).size <= 64 * 1024);
  assert.throws(() => readFileSync(dir.file('access.log.3')));
  const kept = numbers(files.flatMap(name => dir.lines(name)));
  assert.equal(
    kept,
    Array.from({ length: kept.length }, (_, n) => 4000 - kept.length + n),
  );
  assert.is(one.acknowledged(), 4000);
});

test('rotates by age', async () => {
  using dir = folder();
  const one = await logger(file(dir.file(), { rotate: { age: '1h' } }));
  one.tellMany(1);
  await one.env.clock.advance(60_000);
  await one.settled(1);
  await one.env.clock.advance(3_600_000);
  one.tellMany(2);
  await one.close();
  assert.is(dir.lines('access.log.1').length, 1);
  assert.is(dir.lines().length, 2);
});

test('two handlers share a file line by line, each with its own account', async () => {
  using dir = folder();
  const first = logEnv([shape()], 'first');
  const second = Object.assign(logEnv([shape()], 'second'), { sinks: first.sinks });
  const one = await logger(file(dir.file()), first);
  const two = await logger(file(dir.file()), second);
  for (let round = 0; round < 10; round++) {
    one.tellMany(100);
    two.tellMany(50);
  }
  await one.close();
  await two.close();
  assert.is(numbers(dir.lines()).length, 1500);
  assert.equal([one.acknowledged(), two.acknowledged()], [1000, 500]);
});

test('refuses two handlers that rotate one file in different ways', async () => {
  using dir = folder();
  const first = logEnv([shape()], 'first');
  const second = Object.assign(logEnv([shape()], 'second'), { sinks: first.sinks });
  const one = await logger(file(dir.file()), first);
  const error = await logger(file(dir.file(), { rotate: {} }), second).then(String, error => error);
  assert.is(error.code, 'LOGGING_SINK_CONFLICT');
  await one.close();
});

test('keeps the file open over a reload and loses nothing', async () => {
  using dir = folder();
  const before = await logger(file(dir.file()));
  before.tellMany(10);
  const after = await logger({ ...file(dir.file()), level: 'info' }, before.env.reloaded());
  after.tellMany(10);
  await before.close();
  after.tellMany(10);
  await after.close();
  assert.is(dir.lines().length, 30);
});

test('refuses a file that cannot be opened, and a pipe that would block', async () => {
  using dir = folder();
  execFileSync('mkfifo', [dir.file('pipe')]);
  for (const path of ['/proc/nowhere/access.log', dir.path, dir.file('pipe')]) {
    const error = await logger(file(path)).then(String, error => error);
    assert.is(error.code, 'LOGGING_CANNOT_OPEN', path);
    assert.match(error.message, path);
  }
});

test.run();
