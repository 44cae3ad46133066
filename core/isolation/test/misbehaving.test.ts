// limit: 240 s
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Mixer } from '@krater/mixer';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ask, asking, eventually, health, isolatedMixer } from './isolated-mixer.ts';

const folder = mkdtempSync(join(tmpdir(), 'krater-misbehaving-'));
const test = suite('an adapter that misbehaves');
test.after(() => rmSync(folder, { recursive: true }));

let files = 0;
/** A file by which the adapter is cured, and the handlers of a test: the bad one and a good one beside it. */
function patient(isolation: string) {
  const cure = join(folder, `cure-${++files}`);
  const bad = `{ adapter: misbehaving, isolation: ${isolation}, deadline: 200ms, params: { cure: ${JSON.stringify(cure)} } }`;
  return {
    config: asking({ bad, good: '{ adapter: misbehaving, isolation: inline }' }),
    cure: () => writeFileSync(cure, 'cured'),
  };
}

const goodIsFine = async (mixer: Mixer) => assert.is(await ask(mixer, 'good', 'x'), 'OK');

/** Answers only when its thread turns: a blocked host would show here. */
async function blockedFor(run: () => Promise<unknown>): Promise<number> {
  let longest = 0;
  let last = performance.now();
  const beat = setInterval(() => {
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
  }, 5);
  await run();
  clearInterval(beat);
  return longest;
}

const everywhere = ['inline', 'worker', 'process'];
const contained: Readonly<Record<string, { readonly levels: readonly string[]; readonly told: RegExp }>> = {
  throw: { levels: everywhere, told: /thrown on purpose/ },
  hang: { levels: everywhere, told: /did not answer within 200 ms/ },
  spin: { levels: ['worker', 'process'], told: /no sign of life for 1000 ms/ },
  'leak heap': { levels: ['worker', 'process'], told: /MiB of memory|SIGABRT/ },
  'throw later': { levels: ['worker', 'process'], told: /thrown where nobody catches|exited with 1/ },
  'reject later': { levels: ['worker', 'process'], told: /rejected where nobody listens|exited with 1/ },
  exit: { levels: ['worker', 'process'], told: /exited with 7/ },
  'leak native': { levels: ['process'], told: /MiB of memory/ },
  kill: { levels: ['process'], told: /ended by SIGKILL/ },
};

const epochOf = (mixer: Mixer): number =>
  mixer.status().handlers.find(({ name }) => name.endsWith('/bad'))?.epoch ?? Number.NaN;

for (const [behaviour, { levels, told }] of Object.entries(contained)) {
  for (const level of levels) {
    const ends = level !== 'inline' && !['throw', 'hang'].includes(behaviour);
    const limits = level === 'inline' || behaviour === 'kill' ? '' : ', memory: 64MiB';
    const isolation = `{ mode: ${level}${behaviour.startsWith('leak') ? limits : ''} }`;

    test(`that does "${behaviour}" is contained by ${level}, seen, and back when it is cured`, async () => {
      const { config, cure } = patient(isolation);
      await using world = await isolatedMixer(config);
      const { mixer, log } = world;
      assert.is(health(mixer, 'bad').state, 'ready');
      const first = epochOf(mixer);
      const longest = await blockedFor(async () => {
        const answers: string[] = [];
        // A restart takes its time; each of them is a failure that the handler has caused.
        await eventually(async () => {
          answers.push(await ask(mixer, 'bad', behaviour));
          await goodIsFine(mixer);
          const { state, restarts } = health(mixer, 'bad');
          return ends ? restarts >= 1 || state === 'restarting' : state === 'broken';
        });
        assert.equal(
          answers.filter(answer => !answer.startsWith('UNAVAILABLE')),
          [],
        );
      });
      // A host that shared the adapter's thread would stand still for ever; a busy machine may hold it up a little.
      assert.ok(longest < 2_500, `the host stood still for ${longest} ms`);
      const { state, reason } = health(mixer, 'bad');
      assert.ok(state !== 'ready', `it is ${state}`);
      assert.match(`${reason}`, told);
      if (ends)
        assert.ok(
          log.entries.some(
            ({ message, fields }) => /has ended/.test(message) && told.test(`${fields['reason']}`),
          ),
        );
      assert.match(
        await mixer.metrics(),
        new RegExp(
          `^krater_handler_state\\{handler="istio-system/bad",isolation="${level}",state="${state}"\\} 1$`,
          'm',
        ),
      );
      cure();
      assert.ok(
        await eventually(async () => (await ask(mixer, 'bad', behaviour)) === 'OK'),
        'it is asked again',
      );
      assert.not.equal(health(mixer, 'bad').state, 'broken');
      // What it answered before it was started anew must not be served from a cache.
      assert.is(epochOf(mixer) > first, ends);
    });
  }
}

test.run();
