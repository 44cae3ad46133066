import { systemAmbient } from '@krater/mixer';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Link } from '../src/host/link.ts';
import { Watch } from '../src/host/watch.ts';

const test = suite('the watch over the memory of an isolate');

/** After how many milliseconds each look comes, of something that uses so many MiB of 100 when it is looked at. */
async function looksAt(...sizes: number[]): Promise<{ readonly pauses: number[]; readonly ended: string[] }> {
  const pauses: number[] = [];
  const ended: string[] = [];
  let look: (() => void) | undefined;
  const watch = new Watch({
    link: new Link(
      () => {},
      () => {},
    ),
    launched: { send() {}, end: async () => {}, memory: async () => (sizes.shift() ?? 0) * 1024 ** 2 },
    ambient: {
      ...systemAmbient,
      after(milliseconds, run) {
        // The other timer waits for a sign of life.
        if (milliseconds < 1_000) {
          pauses.push(milliseconds);
          look = run;
        }
        return () => {};
      },
    },
    timeout: 1_000,
    patience: () => undefined,
    memoryLimit: 100 * 1024 ** 2,
    end(reason) {
      ended.push(reason);
      watch.stop();
    },
  });
  watch.start();
  while (sizes.length > 0) {
    look?.();
    await new Promise(setImmediate);
  }
  watch.stop();
  return { pauses, ended };
}

test('looks every 50 ms while it uses little', async () => {
  const { pauses, ended } = await looksAt(5, 5, 6, 5, 40, 40);
  assert.equal(pauses, [10, 50, 50, 50, 50, 10, 50]);
  assert.equal(ended, []);
});

test('looks every 10 ms while it would soon have too much, and ends what has', async () => {
  const { pauses, ended } = await looksAt(20, 25, 60, 90, 101);
  assert.equal(pauses, [10, 10, 50, 10, 10]);
  assert.equal(ended, ['it uses 101 MiB of memory, and 100 MiB are allowed']);
});

test.run();
