import { BatchSender, type Delivery, type SendPolicy } from '@krater/mixer/telemetry';
import { fakeEnv } from '@krater/mixer/testing';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const test = suite('batch sender');
const names = { prefix: 'mail', records: 'letters', destination: 'the post' };
type Answer = (letters: readonly string[]) => Delivery<string> | Promise<Delivery<string>>;

/** A sender to a destination that answers as told, with what was sent in each try. */
function sender(answer: Answer, policy: Partial<SendPolicy<string>> = {}) {
  const env = fakeEnv();
  const tries: (readonly string[])[] = [];
  const destination = {
    async send(letters: readonly string[]) {
      tries.push(letters);
      return answer(letters);
    },
  };
  const one = new BatchSender<string>(
    destination,
    { size: 3, queue: 6, delay: 1_000, timeout: 10_000, ...policy },
    names,
    env,
  );
  const offer = (...letters: (string | undefined)[]) => {
    for (const letter of letters) one.offer(letter);
  };
  return { env, tries, sender: one, offer };
}

const settled = () => new Promise(setImmediate);
const all: Answer = ({ length }) => ({ taken: length });

test('sends a full batch at once, and one that is not full after the delay', async () => {
  const { env, tries, sender: one, offer } = sender(all);
  offer('a', 'b', 'c', 'd');
  await settled();
  assert.equal(tries, [['a', 'b', 'c'], ['d']], 'what has come meanwhile goes along');
  offer('e');
  await settled();
  assert.is(tries.length, 2);
  await env.clock.advance(1_000);
  assert.equal(tries[2], ['e']);
  assert.equal(one.totals, { produced: 5, acknowledged: 5, lost: 0 });
  await one.close(100);
  assert.equal(env.logged, []);
});

test('weighs records where it is told to, for the batch and for the queue', async () => {
  const { promise, resolve } = Promise.withResolvers<Delivery<string>>();
  const {
    tries,
    sender: one,
    offer,
  } = sender(() => promise, {
    weigh: ({ length }) => length,
    size: 4,
    queue: 8,
  });
  offer('aaaaaa');
  offer('bbb', 'cc', 'ddd', 'e', '');
  assert.is(one.totals.lost, 1, 'nothing but the letter that makes nine');
  resolve({ taken: 0 });
  await one.close(100);
  assert.equal(tries, [['aaaaaa'], ['bbb'], ['cc'], ['ddd', '']]);
});

test('sends at once what fills the queue before it fills a batch', async () => {
  for (const queue of [10, 11]) {
    const { sender: one, offer } = sender(all, { weigh: ({ length }) => length, size: 10, queue });
    for (let round = 0; round < 50; round++) {
      offer('aaaa');
      await settled();
    }
    await one.close(100);
    assert.equal(one.totals, { produced: 50, acknowledged: 50, lost: 0 });
  }
});

test('loses what could not be made, and what comes after closing', async () => {
  const { env, sender: one, offer } = sender(all);
  offer(undefined);
  await one.close(100);
  offer('late');
  assert.equal(one.totals, { produced: 2, acknowledged: 0, lost: 2 });
  assert.is(env.measured.get('mail_lost_total'), 2);
});

test('tries only those again that are left, not before it was told to, and a little later by chance', async () => {
  const answers: Delivery<string>[] = [
    { again: 'half was full', left: ['b', 'c'], after: 3_000 },
    { again: 'full', after: 0 },
    { taken: 1 },
  ];
  const { env, tries, sender: one, offer } = sender(() => answers.shift() as Delivery<string>);
  offer('a', 'b', 'c');
  await settled();
  assert.is(one.totals.acknowledged, 1);
  await env.clock.advance(2_999, { wait: false });
  assert.is(tries.length, 1);
  await env.clock.advance(1, { wait: false });
  assert.equal(tries[1], ['b', 'c']);
  await env.clock.advance(400, { wait: false });
  assert.is(tries.length, 2, 'the second pause is 400 ms and up to half as long again');
  await env.clock.advance(200, { wait: false });
  assert.is(tries.length, 3);
  assert.equal(one.totals, { produced: 3, acknowledged: 2, lost: 1 });
  assert.equal(
    env.logged.map(({ level, message }) => `${level}: ${message}`),
    ['warn: the post does not take letters', 'info: the post takes letters again'],
  );
  await one.close(100);
});

test('gives a batch up when its time is over, and goes on with the next', async () => {
  const { env, tries, sender: one, offer } = sender(() => ({ again: 'down' }), { timeout: 1_000 });
  offer('a', 'b', 'c', 'd');
  for (let step = 0; step < 40; step++) await env.clock.advance(100, { wait: false });
  assert.is(one.totals.lost, 4);
  assert.equal(tries.at(-1), ['d']);
  await one.close(100);
});

test('closes at once when the destination fails already, and within its patience when it hangs', async () => {
  const failing = sender(() => ({ again: 'down' }));
  failing.offer('a', 'b', 'c');
  await settled();
  await failing.sender.close(60_000);
  assert.equal(failing.sender.totals, { produced: 3, acknowledged: 0, lost: 3 });

  const { promise, resolve } = Promise.withResolvers<Delivery<string>>();
  const hanging = sender(() => promise);
  hanging.offer('a', 'b', 'c', 'd');
  const closed = hanging.sender.close(500);
  resolve({ again: 'aborted' });
  await closed;
  assert.equal(hanging.sender.totals, { produced: 4, acknowledged: 0, lost: 4 });
  assert.equal(hanging.env.logged.at(-1)?.fields, { produced: 4, acknowledged: 0, lost: 4 });
  assert.equal(hanging.env.open(), []);
});

test('settles every record exactly once, whatever the destination answers', async () => {
  let seed = 7;
  const chance = () => {
    seed = (seed * 16807) % 2147483647;
    return seed / 2147483647;
  };
  const {
    env,
    sender: one,
    offer,
  } = sender(
    letters => {
      if (chance() < 0.3) return { refused: 'no' };
      if (chance() < 0.5)
        return { again: 'later', left: letters.slice(Math.floor(chance() * letters.length)) };
      return { taken: Math.floor(chance() * (letters.length + 1)) };
    },
    { size: 5, queue: 40, timeout: 2_000 },
  );
  for (let round = 0; round < 500; round++) {
    offer(...Array.from({ length: Math.floor(chance() * 12) }, (_, n) => `${round}.${n}`));
    await env.clock.advance(chance() * 300, { wait: false });
  }
  await one.close(100);
  const { produced, acknowledged, lost } = one.totals;
  assert.is(acknowledged + lost, produced);
  assert.ok(acknowledged > 100 && lost > 100);
});

test.run();
