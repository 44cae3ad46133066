import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const test = suite('what an isolate imports');

/** Imports what a worker does before it is asked anything, and prints which files that are. */
const imports = `
import { registerHooks } from 'node:module';
registerHooks({
  load(url, context, next) {
    console.log(url);
    return next(url, context);
  },
});
await import('@krater/isolation/worker');
`;

test('is what adapters are written with, and neither an engine nor a container: it starts again after every crash', () => {
  const options = ['--conditions=krater-source', '--no-warnings', '--input-type=module', '--eval', imports];
  const cwd = fileURLToPath(new URL('..', import.meta.url));
  const files = execFileSync(process.execPath, options, { cwd, encoding: 'utf8' }).split('\n');
  assert.ok(files.some(url => url.endsWith('/core/mixer/src/adapter.ts')));
  const heavy =
    /\/core\/mixer\/src\/(?:engine|compose|config\/compile)\.ts$|\/node_modules\/(?:yaml|inversify|prom-client|@grpc)\//;
  assert.equal(
    files.filter(url => heavy.test(url)),
    [],
  );
});

test.run();
