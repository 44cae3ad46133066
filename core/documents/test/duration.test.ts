import { duration, formatDuration, parseDuration } from '@krater/documents';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';

const durations = suite('a duration');

durations('is read to milliseconds', () => {
  const expected = {
    '5s': 5000,
    '100ms': 100,
    '1m30s': 90_000,
    '1h': 3_600_000,
    '0.5s': 500,
    '1.5h': 5_400_000,
    '1d': 86_400_000,
    '0s': 0,
    '250us': 0.25,
  };
  for (const [text, milliseconds] of Object.entries(expected))
    assert.is(parseDuration(text), milliseconds, text);
});

durations('is nothing else', () => {
  for (const text of [
    '',
    '5',
    's',
    '5 s',
    '-5s',
    '5sec',
    '1e3s',
    '.5s',
    '5s ',
    '5m5',
    'Infinity',
    `${'9'.repeat(99)}s`.repeat(9),
  ]) {
    assert.is(parseDuration(text), undefined, text);
  }
});

durations('is written so that it reads back the same', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1e12 }), milliseconds => {
      assert.is(parseDuration(formatDuration(milliseconds)), milliseconds);
    }),
  );
  assert.equal([0, 250, 1500, 90_000, 3_600_000, 0.25].map(formatDuration), [
    '0s',
    '250ms',
    '1.5s',
    '1m30s',
    '1h',
    '0.25ms',
  ]);
});

durations('has a default that the JSON Schema shows', () => {
  const schema = z.strictObject({ refresh: duration('60s'), deadline: duration().optional() });
  assert.equal(schema.parse({}), { refresh: 60_000 });
  assert.equal(schema.parse({ refresh: '1s', deadline: '5ms' }), { refresh: 1000, deadline: 5 });
  const { properties, required } = z.toJSONSchema(schema, { io: 'input' });
  assert.is((properties?.['refresh'] as { default?: string } | undefined)?.default, '60s');
  assert.is(required, undefined);
});

durations.run();
