import { adapterSuite, configMistakes, createHandler, fakeContext, fakeEnv } from '@krater/mixer/testing';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import officeHours from '../src/index.ts';

const test = suite('office-hours');
adapterSuite(officeHours, { test, config: { closed: ['archive'] } });

const at = (hour: number) => Date.UTC(2030, 0, 1, hour) * 1000;

test('lets visitors in from the first hour until the last', async () => {
  const env = fakeEnv();
  const { visit } = await createHandler(officeHours, { closed: ['archive'] }, env);
  const code = async (place: string, hour: number) =>
    (await visit({ name: 'visit', place, at: at(hour) }, fakeContext(env))).status.code;
  assert.is(await code('shop', 8), 'PERMISSION_DENIED');
  assert.is(await code('shop', 9), 'OK');
  assert.is(await code('shop', 16), 'OK');
  assert.is(await code('shop', 17), 'PERMISSION_DENIED');
  assert.is(await code('archive', 12), 'PERMISSION_DENIED');
  await env.close();
});

test('knows that a day cannot end before it begins', () => {
  assert.equal(configMistakes(officeHours, { opens: 12, closes: 12 }), [
    'closes: the day ends at 12 before it begins at 12',
  ]);
});

test.run();
