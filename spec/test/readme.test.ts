import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import denier from '@krater/adapter-denier';
import { createMixer, defineAdapter, stringMap, z } from '@krater/mixer';
import { lookup } from '@krater/templates';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { blocksOf } from '../source/markdown.ts';
import { root } from '../workspace.ts';

/** What the pages print is put into files as a reader would, and run. */
const readme = suite('what the pages print');

function block(file: string, language: string, mark: string): string {
  const found = blocksOf(file).find(it => it.language === language && it.text.includes(mark));
  assert.ok(found, `${file} has a block of ${language} with ${mark}`);
  return found?.text as string;
}

function folder() {
  const path = mkdtempSync(join(tmpdir(), 'krater-readme-'));
  return {
    write(files: Readonly<Record<string, string>>) {
      for (const [name, text] of Object.entries(files)) {
        mkdirSync(join(path, name, '..'), { recursive: true });
        writeFileSync(join(path, name), text);
      }
    },
    path,
    run: (...command: string[]) =>
      execFileSync(process.execPath, command, { cwd: path, encoding: 'utf8', timeout: 30_000 }),
    [Symbol.dispose]: () => rmSync(path, { recursive: true }),
  };
}

readme('runs as a program with the rule above it', () => {
  using dir = folder();
  symlinkSync(join(root, 'node_modules'), join(dir.path, 'node_modules'));
  dir.write({
    'rules.yaml': block('README.md', 'yaml', 'name: ratings-limit'),
    'program.mts': block('README.md', 'ts', 'createMixer'),
  });
  const lines = dir.run('--conditions=krater-source', 'program.mts').trim().split('\n');
  assert.equal(
    lines.map(line => line.split(' ')[1]),
    [...Array(5).fill('OK'), 'RESOURCE_EXHAUSTED'],
  );
});

readme('makes an adapter that the command finds', () => {
  using dir = folder();
  const adapter = 'node_modules/krater-adapter-office-hours';
  dir.write({
    'source/package.json': block('README.md', 'json', 'krater-adapter-office-hours'),
    'source/index.ts': block('README.md', 'ts', 'office-hours'),
    'rules.yaml': `
apiVersion: krater.dev/v1
kind: Rule
metadata: { name: shop }
spec:
  match: "true"
  actions:
  - handler: { adapter: office-hours, params: { opens: 8 } }
    instances: [{ name: shop, template: listentry, params: { value: '"shop"' } }]
`,
  });
  mkdirSync(join(dir.path, 'node_modules'));
  // As `npm install /that/folder` does.
  symlinkSync(join(dir.path, 'source'), join(dir.path, adapter));
  const krater = join(root, 'core/cli/bin/krater.js');
  assert.match(dir.run('--conditions=krater-source', krater, 'validate', '.'), 'fine: 1 file');
});

readme('binds what a lookup answers as it says', async () => {
  const action = block('core/mixer/README.md', 'yaml', 'staff-directory');
  const directory = defineAdapter({
    name: 'staff-directory',
    summary: 'who works where',
    templates: [lookup],
    config: z.strictObject({}),
    create: () => ({
      lookup: ({ key }) => ({ value: stringMap([['team', key === 'zoe' ? 'sre' : 'none']]) }),
    }),
  });
  const config = `
apiVersion: krater.dev/v1
kind: AttributeManifest
metadata: { name: staff }
spec: { attributes: { staff.team: { type: STRING } } }
---
apiVersion: krater.dev/v1
kind: Rule
metadata: { name: teams }
spec:
  match: "true"
  actions:
${action.replace(/^(?=.)/gm, '  ')}
---
apiVersion: krater.dev/v1
kind: Rule
metadata: { name: refuse }
spec:
  match: staff.team == "sre"
  actions:
  - handler: { adapter: denier }
    instances: [{ name: everything, template: checknothing }]
`;
  const mixer = await createMixer({ config, adapters: [directory, denier] });
  const code = async (user: string) => (await mixer.check(mixer.bag().put('source.user', user))).status.code;
  assert.equal([await code('zoe'), await code('ann')], ['PERMISSION_DENIED', 'OK']);
  await mixer.close();
});

readme.run();
