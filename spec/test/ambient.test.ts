import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { codeOf } from '../source/code.ts';
import { importsOfFile } from '../source/imports.ts';
import { filesOf } from '../workspace.ts';

const ambient = suite('ambient world');

/**
 * What a linter that knows globals only cannot see. The globals themselves (setTimeout, fetch, console, process …) are
 * banned in biome.jsonc, which also lists who is excepted and why.
 */
const bans = [
  { pattern: /\bDate\.now\b/, instead: 'use env.clock: a test can move it' },
  { pattern: /\bnew Date\(\)/, instead: 'use env.clock: a test can move it' },
  { pattern: /\bMath\.random\b/, instead: 'use env.random: a test can repeat it' },
  { pattern: /\bprocess\.env\b/, instead: 'take it from the configuration' },
  { pattern: /\bglobalThis\.(?!fetch\b)/, instead: 'take it from env' },
  {
    pattern: /\beval\(|\bnew Function\(/,
    instead: 'a policy engine must run where code generation is forbidden',
  },
];

const banned = new Set([
  'node:timers',
  'node:timers/promises',
  'node:perf_hooks',
  'node:process',
  'node:child_process',
]);

/** Sources that may, each for its reason. */
const excepted: Readonly<Record<string, string>> = {
  'core/documents/src/ambient.ts': 'the defaults for secrets and for the delay of watching files',
  'core/mixer/src/runtime/ambient.ts': 'the one door through which the engine takes the real world',
  'core/mixer/src/runtime/breather.ts': 'lets requests have their turn while a configuration is made ready',
  'core/isolation/src/launch/': 'threads, processes and connections are what it starts',
  'core/isolation/src/isolate/worker.ts': 'the root of a thread, which has no engine to hand it anything',
  'core/isolation/src/isolate/process.ts': 'the root of a process, likewise',
  'core/isolation/src/serving/': 'the root of what serves other machines, likewise',
  'core/wire/src/server/grpc-js-endpoint.ts': 'grpc-js tells deadlines on the clock of the system',
  'core/wire/src/transport/grpc-js-transport.ts': 'grpc-js takes deadlines on the clock of the system',
  'core/mixer/src/testing/': 'the test kit waits, outside its fake clock, for adapters that hang',
};

const files = ['core/documents', 'core/mixer', 'core/isolation', 'core/wire', 'templates', 'adapters']
  .flatMap(folder => filesOf(folder, '**/src/**/*.ts'))
  .filter(path => !Object.keys(excepted).some(start => path.startsWith(start)));

ambient('is not touched by core and adapters: time, timers, chance and environment come from env', () => {
  const found = files.flatMap(path => {
    const code = codeOf(path);
    return bans
      .filter(({ pattern }) => pattern.test(code))
      .map(({ pattern, instead }) => `${path}: ${pattern.source}: ${instead}`);
  });
  assert.equal(found, []);
});

ambient('is not imported by core and adapters', () => {
  const found = files.flatMap(importsOfFile).filter(({ specifier, type }) => !type && banned.has(specifier));
  assert.equal(
    found.map(({ file, specifier }) => `${file} imports ${specifier}`),
    [],
  );
});

ambient('has no exceptions for files that are gone', () => {
  assert.equal(
    Object.keys(excepted).filter(start =>
      filesOf('core', '*/src/**/*').every(path => !path.startsWith(start)),
    ),
    [],
  );
});

ambient.run();
