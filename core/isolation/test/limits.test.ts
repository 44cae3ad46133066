// limit: 240 s
import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createMixer } from '@krater/mixer';
import { recordedLog } from '@krater/mixer/testing';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createIsolation } from '../src/index.ts';
import misbehaving from './fixtures/misbehaving.ts';
import { ask, asking, eventually, health, isAlive, isolatedMixer } from './isolated-mixer.ts';

const folder = mkdtempSync(join(tmpdir(), 'krater-limits-'));
const test = suite('the limits of isolation');
test.after(() => rmSync(folder, { recursive: true }));

const handler = (isolation: string, more = '') =>
  asking({ bad: `{ adapter: misbehaving, isolation: ${isolation}, deadline: 500ms${more} }` });

/** Runs a Mixer in a process of its own, which asks the adapter once: what that does to the host. */
async function hostThatAsks(isolation: string, behaviour: string): Promise<string> {
  const program = fileURLToPath(new URL('./fixtures/host.ts', import.meta.url));
  const args = ['--conditions=krater-source', program, handler(isolation), behaviour];
  // Only what stands still for ever is ended by us.
  const timeout = isolation === 'inline' ? 5_000 : 60_000;
  return promisify(execFile)(process.execPath, args, { timeout, killSignal: 'SIGKILL' }).then(
    ({ stdout }) => stdout.trim(),
    ({ code, signal }) => `host ended by ${signal ?? code}`,
  );
}

test('inline contains no spinning: the host stands still', async () => {
  assert.is(await hostThatAsks('inline', 'spin'), 'host ended by SIGKILL');
});

test('inline contains no exit and no uncaught error: the host ends', async () => {
  assert.is(await hostThatAsks('inline', 'exit'), 'host ended by 7');
  assert.is(await hostThatAsks('inline', 'throw later'), 'host ended by 1');
});

test('a worker contains no signal: the host ends with it', async () => {
  assert.is(await hostThatAsks('worker', 'kill'), 'host ended by SIGKILL');
});

test('a process contains what the others do not', async () => {
  for (const behaviour of ['exit', 'throw later', 'kill', 'spin'])
    assert.match(await hostThatAsks('process', behaviour), /^UNAVAILABLE/, behaviour);
});

test('a worker does not count native memory, a process does', async () => {
  const limit = 'memory: 32MiB';
  await using threads = await isolatedMixer(handler(`{ mode: worker, ${limit} }`));
  assert.is(await ask(threads.mixer, 'bad', 'hold native'), 'OK');
  assert.is(health(threads.mixer, 'bad').state, 'ready');
  await using processes = await isolatedMixer(handler(`{ mode: process, ${limit} }`));
  await ask(processes.mixer, 'bad', 'leak native');
  assert.ok(await eventually(() => health(processes.mixer, 'bad').restarts > 0));
});

test('a process writes nowhere but where it may, and starts nothing', async () => {
  const cure = join(folder, 'cure');
  const params = `, params: { cure: ${JSON.stringify(cure)} }`;
  await using strict = await isolatedMixer(handler('process', params));
  assert.match(await ask(strict.mixer, 'bad', 'write'), /restricted/);
  assert.match(await ask(strict.mixer, 'bad', 'spawn'), /restricted/);
  assert.not.ok(existsSync(`${cure}.written`));
  await using open = await isolatedMixer(
    handler(`{ mode: process, writable: [${JSON.stringify(folder)}] }`, params),
  );
  assert.is(await ask(open.mixer, 'bad', 'write'), 'OK');
  assert.ok(existsSync(`${cure}.written`));
});

for (const level of ['worker', 'process']) {
  test(`a ${level} sees nothing of the environment that could be a secret`, async () => {
    process.env['SOME_PASSWORD'] = 'swordfish';
    await using world = await isolatedMixer(handler(level));
    const seen = await ask(world.mixer, 'bad', 'environment');
    assert.match(seen, 'PATH');
    assert.not.match(seen, 'PASSWORD');
    delete process.env['SOME_PASSWORD'];
  });

  test(`what a ${level} prints becomes log lines, within bounds`, async () => {
    await using world = await isolatedMixer(handler(level));
    const { mixer, log } = world;
    await ask(mixer, 'bad', 'print');
    assert.ok(
      await eventually(() => log.entries.filter(({ message }) => message.startsWith('printed')).length === 2),
    );
    const printed = (level: string, stream: string) => ({
      level,
      message: `printed to ${stream}`,
      fields: { handler: 'istio-system/bad', stream },
    });
    assert.equal(
      log.entries.filter(({ fields }) => fields['stream'] !== undefined),
      [printed('info', 'stdout'), printed('warn', 'stderr')],
    );
    await ask(mixer, 'bad', 'print without end');
    assert.ok(
      await eventually(() =>
        log.entries.some(({ message }) => /^\(\d+ more lines were left out\)$/.test(message)),
      ),
    );
    assert.ok(log.entries.length < 1_000, `${log.entries.length} lines`);
  });

  test(`what a ${level} logs is bounded, and what is dropped is counted`, async () => {
    await using world = await isolatedMixer(handler(level));
    const { mixer, log } = world;
    assert.is(await ask(mixer, 'bad', 'log without end'), 'OK');
    const told = await eventually(() => log.entries.find(({ fields }) => fields['dropped'] !== undefined));
    const kept = log.entries.filter(({ message }) => /^line \d+$/.test(message)).length;
    assert.is(kept + (told?.fields['dropped'] as number), 20_000);
  });
}

test('calls beyond the concurrency wait, and beyond the queue are refused', async () => {
  for (const mode of ['inline', 'worker']) {
    await using world = await isolatedMixer(
      asking({
        bad: `{ adapter: misbehaving, isolation: { mode: ${mode}, concurrency: 1, queue: 1 }, deadline: 300ms }`,
      }),
    );
    const { mixer } = world;
    const answers: readonly string[] = await Promise.all(
      ['hang', 'x', 'y', 'z'].map(value => ask(mixer, 'bad', value)),
    );
    assert.match(answers[0] ?? '', /did not answer within 300 ms/);
    for (const late of answers.slice(2)) assert.match(late, /its queue of 1 is full/);
    assert.is(health(mixer, 'bad').refused.full, 2, mode);
    assert.is(health(mixer, 'bad').queued, 0, mode);
  }
});

test('an adapter that was given by value runs inline only, and says so', async () => {
  const options = { adapters: [misbehaving], log: recordedLog(), isolation: createIsolation() };
  const mixer = await createMixer({ ...options, config: asking({ bad: '{ adapter: misbehaving }' }) });
  assert.is(health(mixer, 'bad').mode, 'inline');
  const { problems } = await mixer.reload(handler('worker'));
  assert.is(problems[0]?.code, 'HANDLER_NOT_ISOLABLE');
  await mixer.close();
});

test('a Mixer without a host refuses a handler that asks for isolation', async () => {
  const mixer = await createMixer({ adapters: [misbehaving], log: recordedLog(), config: '' });
  const { problems } = await mixer.reload(handler('process'));
  assert.is(problems[0]?.code, 'HANDLER_NO_HOST');
  await mixer.close();
});

test('a child that is busy for ever ends when its host is killed', async () => {
  const program = fileURLToPath(new URL('./fixtures/host.ts', import.meta.url));
  const isolation = '{ mode: process, timeout: 1h }';
  const host = spawn(
    process.execPath,
    ['--conditions=krater-source', program, handler(isolation), 'tell pid and spin'],
    // In a group of its own: what is killed there is not ours to wait for.
    { stdio: ['ignore', 'pipe', 'inherit'], detached: true },
  );
  // Its own line that says where it runs.
  let printed = '';
  host.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    printed += chunk;
  });
  const pid = Number(await eventually(() => /^UNAVAILABLE .*pid (\d+)/.exec(printed)?.[1]));
  assert.ok(pid > 0, printed);
  assert.ok(isAlive(pid));
  host.kill('SIGKILL');
  assert.ok(await eventually(() => !isAlive(pid)), 'it is gone');
});

test('many reloads leave no thread, process or memory behind', async () => {
  const resources = () =>
    process.getActiveResourcesInfo().filter(name => !/Timeout|Immediate/.test(name)).length;
  const settle = () => new Promise(resolve => setTimeout(resolve, 300));
  for (const mode of ['worker', 'process']) {
    const configured = (queue: number) => handler(`{ mode: ${mode}, queue: ${queue} }`);
    await using world = await isolatedMixer(configured(1));
    const reload = async (queue: number) => {
      // Other settings are a fresh isolate, beside the one before.
      assert.equal((await world.mixer.reload(configured(queue))).problems, []);
      assert.is(await ask(world.mixer, 'bad', 'x'), 'OK');
    };
    await reload(2);
    await settle();
    const [before, heap] = [resources(), process.memoryUsage().rss];
    for (let queue = 3; queue < 13; queue++) await reload(queue);
    assert.ok(await eventually(() => resources() <= before), `${resources()} resources, ${before} before`);
    const grown = (process.memoryUsage().rss - heap) / 1024 ** 2;
    // One worker is some 15 MiB.
    assert.ok(grown < 75, `${grown} MiB more`);
  }
});

test('nothing is left when the Mixer is closed, whatever the adapter was doing', async () => {
  const before = process.getActiveResourcesInfo().filter(name => name !== 'Timeout').length;
  for (const mode of ['worker', 'process']) {
    const world = await isolatedMixer(handler(mode));
    for (const behaviour of ['hang', 'spin']) void ask(world.mixer, 'bad', behaviour);
    const started = performance.now();
    await world.mixer.close();
    assert.ok(performance.now() - started < 20_000);
  }
  assert.ok(
    await eventually(
      () => process.getActiveResourcesInfo().filter(name => name !== 'Timeout').length <= before,
    ),
  );
});

test.run();
