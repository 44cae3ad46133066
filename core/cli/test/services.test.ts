import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { krater } from './krater.ts';
import { temporaryFolder } from './temporary.ts';

const test = suite("services in an operator's configuration");

/** The sample adapter as it is published, its sources aside: JavaScript needs no more than types taken off. */
const sample = fileURLToPath(new URL('../../../plugins/krater-adapter-audit/', import.meta.url));
const page = readFileSync(join(sample, 'README.md'), 'utf8');
const ledger = /```ts\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
const rules = `apiVersion: krater.dev/v1
kind: Rule
metadata: { name: who-did-what }
spec:
  match: "true"
  actions:
  - handler: { adapter: audit, services: { store: ./ledger.ts } }
    instances: [{ name: seen, template: logentry, params: { variables: { path: request.path } } }]
`;

/** A folder in which the sample adapter is linked, as \`npm install FOLDER\` does it. */
const operator = (more: Readonly<Record<string, string>> = {}) =>
  temporaryFolder({
    'node_modules/krater-adapter-audit/package.json': JSON.stringify({
      name: 'krater-adapter-audit',
      version: '1.0.0',
      type: 'module',
      exports: { '.': './index.js', './store': './store.js' },
    }),
    'node_modules/krater-adapter-audit/index.js': `${adapter}`,
    'node_modules/krater-adapter-audit/store.js': `${store}`,
    'src/index.ts': 'export { default } from "krater-adapter-audit";\n',
    'dev/rules.yaml': rules,
    'dev/ledger.ts': ledger,
    ...more,
  });

const store = `import { defineService, defineToken } from '@krater/mixer';
export const AuditStore = defineToken('krater-adapter-audit/store');
export const logStore = defineService(AuditStore, () => ({ append() { throw new Error('the wrong store'); } }));
`;
const adapter = readFileSync(join(sample, 'src/index.ts'), 'utf8').replace('./store.ts', './store.js');

test('put a file of the operator in the place of what the package offers', async () => {
  const { code, stdout } = await krater(['adapters', 'dev', '--once'], { cwd: operator() });
  assert.is(code, 0);
  assert.match(stdout, /^info: audited \{.*"count":1\}$/m);
  assert.not.match(stdout, 'the wrong store');
});

test('are listed with the adapter that needs them, and where they are made', async () => {
  const { code, stdout } = await krater(['adapters', 'audit'], { cwd: operator() });
  assert.is(code, 0);
  assert.match(
    stdout,
    /^ {2}service +store, krater:krater-adapter-audit\/store: one in the Mixer, and one in each thread, process or/m,
  );
});

test('are checked before anything runs, and a mistake has its place', async () => {
  const folder = operator({ 'dev/ledger.ts': 'export default 5;\n' });
  const { code, stderr } = await krater(['validate', 'dev'], { cwd: folder });
  assert.is(code, 1);
  assert.match(
    stderr,
    /rules\.yaml:7:\d+ SERVICE_NOT_OFFERED "\.\/ledger\.ts" offers no service ".*audit\/store"/,
  );
});

test('are not made for a dry run of what only takes reports', async () => {
  const broken = ledger.replace(/env => \([\s\S]*\)\);/, "() => { throw new Error('made'); });");
  assert.match(broken, 'made');
  const folder = operator({ 'dev/ledger.ts': broken });
  assert.is((await krater(['validate', 'dev'], { cwd: folder })).code, 0);
  const { code, stdout } = await krater(['explain', 'dev'], { cwd: folder });
  assert.is(code, 0);
  assert.match(stdout, 'decision: allowed');
});

test.run();
