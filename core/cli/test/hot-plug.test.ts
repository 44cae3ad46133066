import { join } from 'node:path';
import { createIsolation } from '@krater/isolation';
import { createMixer, silentLog } from '@krater/mixer';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createAdapterLoader } from '../src/adapters/adapter-loader.ts';
import { temporaryFolder, writeFiles } from './temporary.ts';

const test = suite('hot plug');

/** A package of two files; the second one says which version runs. */
const published = (name: string, version: string, params: string) => ({
  [`node_modules/krater-adapter-${name}/package.json`]: JSON.stringify({
    name: `krater-adapter-${name}`,
    version,
    type: 'module',
    exports: './index.js',
  }),
  [`node_modules/krater-adapter-${name}/index.js`]: `
import { defineAdapter, deny, z } from '@krater/mixer';
import { checknothing } from '@krater/templates';
import { version } from './version.js';
export default defineAdapter({
  name: '${name}', summary: 'tells its version', templates: [checknothing],
  config: z.strictObject({ ${params} }),
  create: (config) => ({ checknothing: () => deny([version, ...Object.keys(config)].join(' ')) }),
});`,
  [`node_modules/krater-adapter-${name}/version.js`]: `export const version = '${version}';`,
});

const rules = (name: string, isolation: string, params: string) => `apiVersion: krater.dev/v1
kind: Rule
metadata: { name: version }
spec:
  match: "true"
  actions:
  - handler: { adapter: ${name}, ${isolation}, params: { ${params} } }
    instances: [{ name: all, template: checknothing }]
`;

for (const level of ['inline', 'worker', 'process']) {
  test(`an adapter that is installed, then upgraded, is used without a restart in ${level}`, async () => {
    const name = `hot-${level}`;
    const folder = temporaryFolder({ 'rules.yaml': '' });
    const files = (params = '') => [
      { path: join(folder, 'rules.yaml'), text: rules(name, `isolation: ${level}, deadline: 5s`, params) },
    ];
    const mixer = await createMixer({
      config: '',
      adapters: createAdapterLoader(folder),
      isolation: createIsolation(),
      checkDeadline: 10_000,
      log: silentLog,
    });
    const answer = async () => (await mixer.check(mixer.bag())).status.message;

    assert.not.ok((await mixer.reload(files())).accepted);
    writeFiles(folder, published(name, '1.0.0', ''));
    assert.equal((await mixer.reload(files())).problems, []);
    assert.is(await answer(), '1.0.0');

    // Its code, a file that its main file imports, and what it can be told have changed.
    writeFiles(folder, published(name, '1.1.0', 'loud: z.boolean().default(true)'));
    assert.equal((await mixer.reload(files('loud: false'))).created.length, 1);
    assert.is(await answer(), '1.1.0 loud');
    assert.equal((await mixer.reload(files('loud: false'))).carriedOver.length, 1);
    await mixer.close();
  });
}

test('an upgrade that does not work is refused, and the version before it serves on', async () => {
  const folder = temporaryFolder({ 'rules.yaml': '', ...published('hot-broken', '1.0.0', '') });
  const text = rules('hot-broken', 'isolation: worker, deadline: 5s', '');
  const files = [{ path: join(folder, 'rules.yaml'), text }];
  const mixer = await createMixer({
    config: files,
    adapters: createAdapterLoader(folder),
    isolation: createIsolation(),
    checkDeadline: 10_000,
    log: silentLog,
  });
  writeFiles(folder, {
    ...published('hot-broken', '2.0.0', ''),
    'node_modules/krater-adapter-hot-broken/version.js': 'export const version = undefined.name;',
  });
  const { accepted, problems } = await mixer.reload(files);
  assert.not.ok(accepted);
  assert.is(problems[0]?.code, 'ADAPTER_LOAD_FAILED');
  assert.is((await mixer.check(mixer.bag())).status.message, '1.0.0');
  await mixer.close();
});

test.run();
