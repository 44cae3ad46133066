import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createAdapterLoader, publishedAdapters } from '../src/adapters/adapter-loader.ts';
import { refusal } from './refusal.ts';
import { temporaryFolder, writeFiles } from './temporary.ts';

const test = suite('adapter loader');
const shout = readFileSync(new URL('./fixtures/shout.ts', import.meta.url), 'utf8');
const manifest = (name: string, main = './index.js') =>
  JSON.stringify({ name, version: '1.2.3', type: 'module', exports: main });

/** A configuration folder with packages installed in it. */
function installed(packages: Readonly<Record<string, string>>): string {
  const files: Record<string, string> = { 'rules.yaml': '' };
  for (const [name, source] of Object.entries(packages)) {
    files[`node_modules/${name}/package.json`] = manifest(name);
    files[`node_modules/${name}/index.js`] = source;
  }
  return temporaryFolder(files);
}

const resolving = (folder: string, name: string) =>
  refusal(createAdapterLoader(folder, 1_000).resolve(name, join(folder, 'rules.yaml')));

test("finds Krater's own adapters from any folder", async () => {
  const { adapter, origin } = await createAdapterLoader(temporaryFolder()).resolve('denier', '.');
  assert.is(adapter.name, 'denier');
  assert.match(origin, /^@krater\/adapter-denier@\d/);
});

test('finds an adapter by short name, package name, alias and path', async () => {
  const folder = installed({ 'krater-adapter-shout': shout });
  const loader = createAdapterLoader(folder);
  const from = join(folder, 'rules.yaml');
  for (const name of [
    'shout',
    'krater-adapter-shout',
    'loud',
    './node_modules/krater-adapter-shout',
    './node_modules/krater-adapter-shout/index.js',
  ]) {
    assert.is((await loader.resolve(name, from)).adapter.name, 'shout', name);
  }
  assert.is((await loader.resolve('shout', from)).origin, 'krater-adapter-shout@1.2.3');
});

test('gives an adapter the copies of the host, not those beside it', async () => {
  const folder = installed({
    'krater-adapter-shout': shout,
    '@krater/mixer': 'throw new Error("a second copy");',
    '@krater/templates': 'throw new Error("a second copy");',
  });
  const { adapter } = await createAdapterLoader(folder).resolve('shout', folder);
  const { listentry } = await import('@krater/templates');
  assert.is(adapter.templates[0], listentry);
});

test('leaves the libraries of an adapter their own zod', async () => {
  const folder = installed({
    'krater-adapter-shout': `${shout}\nimport library from 'library'; export { library };`,
    library: "import * as zod from 'zod'; export default zod.mine;",
    zod: 'export const mine = "mine";',
  });
  assert.is((await createAdapterLoader(folder).resolve('shout', folder)).adapter.name, 'shout');
});

test('two packages for one name are an error that names both', async () => {
  const folder = installed({ 'krater-adapter-shout': shout, '@krater/adapter-shout': shout });
  const { code, message, hint } = await resolving(folder, 'shout');
  assert.is(code, 'ADAPTER_AMBIGUOUS');
  assert.is(message, 'adapter "shout" is both "@krater/adapter-shout" and "krater-adapter-shout"');
  assert.is(hint, 'write which one: adapter: "@krater/adapter-shout"');
});

test('what is not installed comes with what to do, and never with a name of somebody else to install', async () => {
  const folder = installed({ 'krater-adapter-shout': shout });
  const { code, message, hint } = await resolving(folder, 'stackdriver');
  assert.is(code, 'ADAPTER_NOT_INSTALLED');
  assert.match(message, /^no adapter "stackdriver" is installed, found denier,/);
  assert.is(
    hint,
    'looked for the npm packages @krater/adapter-stackdriver, krater-adapter-stackdriver and stackdriver: install one that serves it and that you trust, or write a path: adapter: ./stackdriver.ts',
  );
  const hintFor = async (name: string) => (await resolving(folder, name)).hint ?? '';
  assert.is(await hintFor('deniar'), 'did you mean "denier"?  list them with: krater adapters');
  assert.match(await hintFor('listcheker'), 'did you mean "listchecker"?');
  assert.match(await hintFor('@acme/geoip'), /npm packages @acme\/geoip: install .* you trust/);
  for (const name of ['stackdriver', 'deniar', '@acme/geoip'])
    assert.not.match(await hintFor(name), 'npm install');
  assert.is((await resolving(folder, './geoip.js')).code, 'ADAPTER_NOT_INSTALLED');
});

test('knows the adapters that this repository publishes', () => {
  const folders = readdirSync(new URL('../../../adapters/', import.meta.url)).sort();
  assert.equal(publishedAdapters, folders);
});

const mistakes: readonly (readonly [string, string, string, RegExp])[] = [
  ['no default export', 'export const a = 1;', 'ADAPTER_BAD_EXPORT', /there is no default export/],
  ['a function', 'export default () => {};', 'ADAPTER_BAD_EXPORT', /it is a function/],
  [
    'a bare object',
    'export default { name: "x", create() {} };',
    'ADAPTER_BAD_EXPORT',
    /not made by defineAdapter/,
  ],
  [
    'template names',
    shout.replace('[listentry, reportnothing]', '["listentry"]'),
    'ADAPTER_BAD_EXPORT',
    /templates\[0\] is no template/,
  ],
  [
    'no schema',
    shout.replace(/config: z[\s\S]*?\}\),/, 'config: {},'),
    'ADAPTER_BAD_EXPORT',
    /"config" is no zod schema/,
  ],
  [
    'a later contract',
    shout.replace("name: 'shout',", "name: 'shout', contract: 99,"),
    'ADAPTER_CONTRACT',
    /version 99/,
  ],
  [
    'a throw',
    'throw new Error("no luck");',
    'ADAPTER_LOAD_FAILED',
    /no luck\n {3}\S+index\.js:1:7\n > 1 \| throw/,
  ],
  ['an exit', '\nprocess.exit(3);', 'ADAPTER_LOAD_FAILED', /process\.exit\(3\)[\s\S]*index\.js:2:9/],
  [
    'an await that never ends',
    'await new Promise(() => {});',
    'ADAPTER_LOAD_FAILED',
    /did not end within 1 s/,
  ],
  ['a bad name', shout.replace("'shout'", "'Shout It'"), 'ADAPTER_BAD_NAME', /"Shout It".*index\.js:5:16/],
  [
    'a missing library',
    '\nimport "no-such-library";',
    'ADAPTER_LOAD_FAILED',
    /no-such-library[\s\S]*index\.js:2:9/,
  ],
  [
    'a syntax error',
    'const a = 1;\nexport default { a,, };',
    'ADAPTER_LOAD_FAILED',
    /Unexpected token ','\n {3}\S+index\.js:2:20\n > 2 \| export default \{ a,, \};\n {5}\| {20}\^$/,
  ],
  [
    'an import of what is not exported',
    'import { no } from "node:fs";',
    'ADAPTER_LOAD_FAILED',
    /index\.js:1:10/,
  ],
];
for (const [mistake, source, code, message] of mistakes) {
  test(`says what is wrong with a package that has ${mistake}`, async () => {
    const found = await resolving(installed({ 'krater-adapter-x': source }), 'x');
    assert.is(found.code, code);
    assert.match(found.message, message);
    assert.match(found.message, 'krater-adapter-x@1.2.3');
  });
}

const advised: readonly (readonly [string, Readonly<Record<string, string>>, RegExp])[] = [
  [
    'a main file that is not there',
    { 'package.json': '{"name":"krater-adapter-x","exports":"./dist/index.js"}' },
    /package\.json must name .* \(and the file must have been built\)/,
  ],
  [
    'no main file',
    { 'package.json': '{"name":"krater-adapter-x","type":"module"}', 'src/index.js': shout },
    /"exports": "\.\/src\/index\.js"$/,
  ],
  [
    'ES modules that it declares to be CommonJS',
    {
      'package.json': '{"name":"krater-adapter-x","type":"commonjs","main":"./index.js"}',
      'index.js': shout,
    },
    /put "type": "module" into .*package\.json/,
  ],
  [
    'require() in an ES module',
    { 'package.json': manifest('krater-adapter-x'), 'index.js': 'module.exports = require("node:fs");' },
    /write import … from/,
  ],
  [
    'exports that were compiled to CommonJS',
    {
      'package.json': '{"name":"krater-adapter-x","main":"./index.js"}',
      'index.js': 'exports.default = { name: "x" };',
    },
    /put "type": "module"/,
  ],
  [
    'a library that was not installed with it',
    { 'package.json': manifest('krater-adapter-x'), 'index.js': 'import "no-such-library";' },
    /name "no-such-library" in the "dependencies" of/,
  ],
];
for (const [mistake, files, hint] of advised) {
  test(`says what to do about ${mistake}`, async () => {
    const folder = temporaryFolder({ 'rules.yaml': '' });
    const root = join(folder, 'node_modules/krater-adapter-x');
    writeFiles(root, files);
    for (const name of ['x', './node_modules/krater-adapter-x']) {
      const error = await resolving(folder, name);
      assert.match(error.code, /^ADAPTER_(LOAD_FAILED|BAD_EXPORT)$/);
      assert.match(error.hint ?? '', hint, name);
    }
  });
}

test('says what to do about TypeScript that must be compiled', async () => {
  const folder = temporaryFolder({ 'rules.yaml': '', 'colour.ts': 'const a = 1;\n  enum Colour { Red }\n' });
  const { message, hint } = await resolving(folder, './colour.ts');
  assert.match(message, /enum is not supported[\s\S]*colour\.ts:2:3\n > 2 \| {3}enum Colour/);
  assert.match(hint ?? '', 'erasableSyntaxOnly');
});

test('names of templates in quotes are recognised', async () => {
  const source = shout.replace('[listentry, reportnothing]', '["listentry"]');
  const { hint } = await resolving(installed({ 'krater-adapter-x': source }), 'x');
  assert.is(hint, 'write listentry without quotes, after: import { listentry } from "@krater/templates"');
});

test('TypeScript in an installed package is an error that says what to do', async () => {
  const folder = temporaryFolder({
    'node_modules/krater-adapter-shout/package.json': manifest('krater-adapter-shout', './index.ts'),
    'node_modules/krater-adapter-shout/index.ts': shout,
  });
  assert.match((await resolving(folder, 'shout')).hint ?? '', 'must ship JavaScript');
});

test('lists what is installed, and what does not load', async () => {
  const folder = installed({
    'krater-adapter-shout': shout,
    'krater-adapter-broken': 'throw new Error("no luck");',
  });
  const list = await createAdapterLoader(folder).list();
  const names = list.map(it => ('adapter' in it ? it.adapter.name : `${it.package} is broken`));
  assert.ok(
    names.includes('shout') && names.includes('denier') && names.includes('krater-adapter-broken is broken'),
  );
});

test.run();
