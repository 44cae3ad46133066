import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createAdapterLoader } from '../src/adapters/adapter-loader.ts';
import { refusal } from './refusal.ts';
import { temporaryFolder } from './temporary.ts';

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
  refusal(createAdapterLoader(folder).resolve(name, join(folder, 'rules.yaml')));

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

test('what is not installed comes with the npm line', async () => {
  const folder = installed({});
  const { code, message, hint } = await resolving(folder, 'geoip');
  assert.is(code, 'ADAPTER_NOT_INSTALLED');
  assert.match(message, /^no adapter "geoip" is installed, found denier,/);
  assert.is(hint, 'install it: npm install krater-adapter-geoip');
  assert.is(
    (await resolving(folder, 'deniar')).hint,
    'did you mean "denier"?  else install it: npm install krater-adapter-deniar',
  );
  assert.is((await resolving(folder, '@acme/geoip')).hint, 'install it: npm install @acme/geoip');
  assert.is((await resolving(folder, './geoip.js')).code, 'ADAPTER_NOT_INSTALLED');
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
  ['a throw', 'throw new Error("no luck");', 'ADAPTER_LOAD_FAILED', /no luck/],
  ['a missing library', 'import "no-such-library";', 'ADAPTER_LOAD_FAILED', /no-such-library/],
];
for (const [mistake, source, code, message] of mistakes) {
  test(`says what is wrong with a package that has ${mistake}`, async () => {
    const found = await resolving(installed({ 'krater-adapter-x': source }), 'x');
    assert.is(found.code, code);
    assert.match(found.message, message);
    assert.match(found.message, 'krater-adapter-x@1.2.3');
  });
}

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
