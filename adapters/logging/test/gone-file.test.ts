import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { folder, logger } from './logger.ts';

const test = suite('logging to a file that is gone');
const file = (path: string, more: object = {}) => ({ sink: { kind: 'file', path }, ...more });
const numbers = (lines: readonly string[]) => lines.map(line => JSON.parse(line).n as number);

/** Tells three entries, takes the file away, and tells three more a second later. */
async function interrupted(path: string, takeAway: () => void) {
  const one = await logger(file(path));
  one.tellMany(3);
  await one.env.clock.advance(500);
  await one.settled(3);
  takeAway();
  await one.env.clock.advance(1_000);
  one.tellMany(3, n => ({ n: n + 3 }));
  await one.env.clock.advance(500);
  await one.settled(6);
  assert.equal([one.acknowledged(), one.lost()], [6, 0]);
  return one;
}

test('begins another one where it was deleted', async () => {
  using dir = folder();
  const one = await interrupted(dir.file(), () => unlinkSync(dir.file()));
  assert.equal(numbers(dir.lines()), [3, 4, 5]);
  await one.close();
});

test('begins another one where it was moved away, as logrotate does', async () => {
  using dir = folder();
  const one = await interrupted(dir.file(), () => renameSync(dir.file(), dir.file('access.log.1')));
  assert.equal(numbers(dir.lines('access.log.1')), [0, 1, 2]);
  assert.equal(numbers(dir.lines()), [3, 4, 5]);
  await one.close();
});

test('goes on in the file that was put in its place, on a line of its own', async () => {
  using dir = folder();
  const one = await interrupted(dir.file(), () => {
    renameSync(dir.file(), dir.file('access.log.1'));
    writeFileSync(dir.file(), 'created by logrotate');
  });
  assert.is(dir.lines()[0], 'created by logrotate');
  assert.equal(numbers(dir.lines().slice(1)), [3, 4, 5]);
  await one.close();
});

test('follows a link that leads elsewhere now', async () => {
  using dir = folder();
  symlinkSync('monday.log', dir.file());
  const one = await interrupted(dir.file(), () => {
    unlinkSync(dir.file());
    symlinkSync('tuesday.log', dir.file());
  });
  assert.equal(numbers(dir.lines('tuesday.log')), [3, 4, 5]);
  await one.close();
});

test('makes its folder again where that was removed, and finds it where it was recreated', async () => {
  for (const recreated of [false, true]) {
    using dir = folder();
    const one = await interrupted(dir.file('logs/access.log'), () => {
      rmSync(dir.file('logs'), { recursive: true });
      if (recreated) mkdirSync(dir.file('logs'));
    });
    assert.equal(numbers(dir.lines('logs/access.log')), [3, 4, 5]);
    await one.close();
  }
});

test('lets entries wait, and counts those it drops, until the file can be made again', async () => {
  using dir = folder();
  const one = await logger(file(dir.file('logs/access.log'), { queue: { size: '64KiB', drop: 'newest' } }));
  one.tellMany(3);
  await one.env.clock.advance(500);
  await one.settled(3);
  rmSync(dir.file('logs'), { recursive: true });
  writeFileSync(dir.file('logs'), 'no folder');
  await one.env.clock.advance(1_000);
  for (let round = 1; round <= 10; round++) {
    one.tellMany(500, n => ({ n: round * 500 + n }));
    await one.env.clock.advance(200);
  }
  assert.is(one.acknowledged(), 3);
  assert.ok(one.lost() > 0);
  unlinkSync(dir.file('logs'));
  await one.close();
  assert.is(one.acknowledged() + one.lost(), 5_003);
  assert.is(numbers(dir.lines('logs/access.log')).length, one.acknowledged() - 3);
});

test('looks at once when the handler is created anew', async () => {
  using dir = folder();
  const before = await logger(file(dir.file()));
  before.tellMany(3);
  await before.env.clock.advance(500);
  await before.settled(3);
  unlinkSync(dir.file());
  const after = await logger(file(dir.file(), { level: 'info' }), before.env.reloaded());
  await before.close();
  after.tellMany(3);
  await after.close();
  assert.equal(numbers(dir.lines()), [0, 1, 2]);
});

/** A child process, because only a limit of the system's makes a regular file refuse the rest of a write. */
test('writes a line that was torn in the full file whole into the next one, and none twice', () => {
  using dir = folder();
  const script = `
    import { renameSync, statSync } from 'node:fs';
    import { logger } from ${JSON.stringify(new URL('./logger.ts', import.meta.url).href)};
    process.on('SIGXFSZ', () => {});
    const path = ${JSON.stringify(dir.file())};
    const one = await logger({ sink: { kind: 'file', path } });
    one.tellMany(700);
    await one.env.clock.advance(500);
    while (statSync(path).size < 64 * 512) await new Promise(setImmediate);
    renameSync(path, path + '.1');
    while (one.acknowledged() + one.lost() < 700) await one.env.clock.advance(1_000);
    await one.close();
    console.log(JSON.stringify([one.acknowledged(), one.lost()]));`;
  const command = `ulimit -f 64; exec "$0" --conditions=krater-source --input-type=module -e "$1"`;
  const output = execFileSync('sh', ['-c', command, process.execPath, script], { encoding: 'utf8' });
  assert.is(output.trim().split('\n').at(-1), '[700,0]');
  assert.ok(existsSync(dir.file('access.log.1')) && dir.read('access.log.1').endsWith('\n'));
  assert.equal(
    numbers([...dir.lines('access.log.1'), ...dir.lines()]),
    Array.from({ length: 700 }, (_, n) => n),
  );
});

test.run();
