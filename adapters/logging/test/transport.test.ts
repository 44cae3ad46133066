import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { folder, logger } from './logger.ts';

const test = suite('logging transports');
const taken: Record<string, unknown>[] = [];
Object.assign(globalThis, { taken });

/** Transports of an operator's own, in a file: one takes errors in its stride, the other is dead after the first. */
function ownTransports(path: string): void {
  const winston = JSON.stringify(fileURLToPath(import.meta.resolve('winston')));
  writeFileSync(
    path,
    `const { Transport } = require(${winston});
     const { Writable } = require('node:stream');
     let count = 0;
     const take = (info, done) => {
       if (++count % 4 === 0) return done(new Error('flaky'));
       globalThis.taken.push(info);
       done();
     };
     exports.Flaky = class extends Transport { log(info, done) { take(info, done); } };
     exports.Fragile = class extends Writable {
       constructor() { super({ objectMode: true }); }
       log(info, done) { take(info, done); }
       _write(info, _, done) { this.log(info, done); }
     };`,
  );
}

test('hands entries to a winston transport, as fields and as a line', async () => {
  using dir = folder();
  const options = { filename: dir.file('winston.log') };
  const one = await logger({
    sink: { kind: 'transport', module: 'winston', export: 'transports.File', options },
  });
  one.tellMany(100);
  await one.close();
  assert.is(one.acknowledged(), 100);
  assert.is(one.lost(), 0);
});

test('loses what a transport answers with an error, and nothing else', async () => {
  using dir = folder();
  ownTransports(dir.file('own.cjs'));
  const sink = {
    kind: 'transport',
    module: dir.file('own.cjs'),
    export: 'Flaky',
  };
  const one = await logger({ sink });
  one.tellMany(100);
  await one.close();
  assert.is(one.acknowledged(), 75);
  assert.is(one.lost(), 25);
  assert.is(taken.length, 75);
  const [first = {}] = taken;
  assert.equal([first['n'], first['level'], first['message']], [0, 'info', 'access']);
  assert.is(JSON.parse(String((first as Record<symbol, unknown>)[Symbol.for('message')])).n, 0);
});

test('loses what comes after a transport has failed for good', async () => {
  using dir = folder();
  ownTransports(dir.file('own.cjs'));
  const one = await logger({ sink: { kind: 'transport', module: dir.file('own.cjs'), export: 'Fragile' } });
  one.tellMany(10);
  await one.close();
  assert.is(one.acknowledged(), 3);
  assert.is(one.lost(), 7);
});

for (const [what, sink] of [
  ['a module that is not installed', { module: 'winston-nowhere' }],
  ['an export that does not exist', { module: 'winston', export: 'transports.Nowhere' }],
  ['a class that makes no transport', { module: 'node:events', export: 'EventEmitter' }],
] as const) {
  test(`refuses ${what}`, async () => {
    const error = await logger({ sink: { kind: 'transport', ...sink } }).then(String, error => error);
    assert.is(error.code, 'LOGGING_BAD_TRANSPORT');
    assert.ok(error.hint);
  });
}

test.run();
