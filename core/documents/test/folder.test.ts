import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { readFolder } from '@krater/documents';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const folders = suite('a folder of configuration');

async function inFolder(files: Record<string, string>, run: (folder: string) => Promise<void>) {
  const folder = await mkdtemp(join(tmpdir(), 'krater-folder-'));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  await run(folder).finally(() => rm(folder, { recursive: true }));
}
const pathsIn = async (folder: string) =>
  (await readFolder(folder)).map(({ path }) => path.slice(folder.length + 1));
const codeOf = (path: string) =>
  readFolder(path).then(
    () => 'read',
    error => error.code,
  );

folders('is read with the folders in it, sorted, without what is no configuration', () =>
  inFolder(
    {
      'b.yaml': '',
      'a/z.yml': '',
      'a.yaml': '',
      'notes.md': '',
      '.hidden.yaml': '',
      '.git/x.yaml': '',
      'node_modules/x/y.yaml': '',
    },
    async folder => {
      assert.equal(await pathsIn(folder), ['a.yaml', 'a/z.yml', 'b.yaml']);
    },
  ),
);

folders('may be one file', () =>
  inFolder({ 'a.yaml': 'x' }, async folder => {
    const path = join(folder, 'a.yaml');
    assert.equal(await readFolder(path), [{ path, text: 'x' }]);
  }),
);

folders('is read once where a ConfigMap is mounted', () =>
  inFolder({ '..2024/a.yaml': 'x' }, async folder => {
    await symlink('..2024', join(folder, '..data'));
    await symlink('..data/a.yaml', join(folder, 'a.yaml'));
    assert.equal(await pathsIn(folder), ['a.yaml']);
  }),
);

folders('is read to the end where links lead in circles', () =>
  inFolder({ 'a/b/c.yaml': 'x' }, async folder => {
    await symlink('..', join(folder, 'a', 'b', 'up'));
    await symlink(folder, join(folder, 'a', 'self'));
    assert.equal(await pathsIn(folder), ['a/b/c.yaml']);
  }),
);

folders('is refused with a link to nothing, since less than was meant would be loaded', () =>
  inFolder({ 'a.yaml': 'x' }, async folder => {
    await symlink('gone.yaml', join(folder, 'b.yaml'));
    assert.is(await codeOf(folder), 'FILE_BROKEN_LINK');
  }),
);

folders('is refused with a file that is not text', () =>
  inFolder({}, async folder => {
    await writeFile(join(folder, 'a.yaml'), Buffer.from([0x61, 0xff, 0xfe]));
    assert.is(await codeOf(folder), 'FILE_NOT_TEXT');
  }),
);

folders('that is not there is an error that says so', async () => {
  assert.is(await codeOf('/no/such/folder'), 'FILE_NOT_FOUND');
});

folders.run();
