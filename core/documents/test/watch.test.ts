import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type SourceFile, watchFolder } from '@krater/documents';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const watching = suite('watching a folder');

/** A folder under watch: `next` waits for a change and answers the texts by file name. */
async function watched(
  prepare: (folder: string) => Promise<void>,
  run: (folder: string, next: () => Promise<string>, changes: string[]) => Promise<void>,
  alsoWatch: (folder: string) => string[] = () => [],
) {
  const folder = await mkdtemp(join(tmpdir(), 'krater-watch-'));
  await prepare(folder);
  const changes: string[] = [];
  let wake = () => {};
  const onChange = (files: readonly SourceFile[]) => {
    changes.push(files.map(({ path, text }) => `${path.slice(folder.length + 1)}=${text}`).join(' '));
    wake();
  };
  let read = 0;
  const next = async () => {
    while (changes.length === read) await new Promise<void>(resolve => (wake = resolve));
    return changes[read++] as string;
  };
  const watch = watchFolder(folder, onChange, { debounce: 20, alsoWatch: () => alsoWatch(folder) });
  try {
    await watch.ready;
    await run(folder, next, changes);
  } finally {
    watch.close();
    await rm(folder, { recursive: true });
  }
}

const oneFile = (folder: string) => writeFile(join(folder, 'a.yaml'), '1');

watching('notices an edit in place, a new file, one in a new folder, and a removal', () =>
  watched(oneFile, async (folder, next) => {
    await writeFile(join(folder, 'a.yaml'), '2');
    assert.is(await next(), 'a.yaml=2');
    await writeFile(join(folder, 'b.yml'), '3');
    assert.is(await next(), 'a.yaml=2 b.yml=3');
    await mkdir(join(folder, 'sub'));
    await writeFile(join(folder, 'sub', 'c.yaml'), '4');
    assert.is(await next(), 'a.yaml=2 b.yml=3 sub/c.yaml=4');
    await writeFile(join(folder, 'sub', 'c.yaml'), '5');
    assert.is(await next(), 'a.yaml=2 b.yml=3 sub/c.yaml=5');
    await rm(join(folder, 'b.yml'));
    assert.is(await next(), 'a.yaml=2 sub/c.yaml=5');
  }),
);

watching('goes on with a folder that was removed and made again at once', () =>
  watched(
    async folder => {
      await mkdir(join(folder, 'sub'));
      await writeFile(join(folder, 'sub', 'a.yaml'), '1');
    },
    async (folder, next) => {
      await rm(join(folder, 'sub'), { recursive: true });
      await mkdir(join(folder, 'sub'));
      for (const text of ['2', '3']) {
        await writeFile(join(folder, 'sub', 'a.yaml'), text);
        assert.is(await next(), `sub/a.yaml=${text}`);
      }
    },
  ),
);

watching('notices a file that an editor replaces by renaming', () =>
  watched(oneFile, async (folder, next) => {
    for (const text of ['2', '3']) {
      await writeFile(join(folder, '.a.yaml.swp'), text);
      await rename(join(folder, '.a.yaml.swp'), join(folder, 'a.yaml'));
      assert.is(await next(), `a.yaml=${text}`);
    }
  }),
);

watching('notices the swap of a ConfigMap, and reads its files once', () =>
  watched(
    async folder => {
      await mkdir(join(folder, '..v1'));
      await writeFile(join(folder, '..v1', 'a.yaml'), '1');
      await symlink('..v1', join(folder, '..data'));
      await symlink('..data/a.yaml', join(folder, 'a.yaml'));
    },
    async (folder, next) => {
      for (const version of ['2', '3']) {
        await mkdir(join(folder, `..v${version}`));
        await writeFile(join(folder, `..v${version}`, 'a.yaml'), version);
        await symlink(`..v${version}`, join(folder, '..data_tmp'));
        await rename(join(folder, '..data_tmp'), join(folder, '..data'));
        assert.is(await next(), `a.yaml=${version}`);
      }
    },
  ),
);

watching('notices an edit behind a link that leads out of the folder', async () => {
  const elsewhere = await mkdtemp(join(tmpdir(), 'krater-elsewhere-'));
  await writeFile(join(elsewhere, 'real.yaml'), '1');
  await watched(
    folder => symlink(join(elsewhere, 'real.yaml'), join(folder, 'a.yaml')),
    async (_, next) => {
      await writeFile(join(elsewhere, 'real.yaml'), '2');
      assert.is(await next(), 'a.yaml=2');
    },
  );
  await rm(elsewhere, { recursive: true });
});

watching('notices a changed secret file beside the configuration', () =>
  watched(
    async folder => {
      await oneFile(folder);
      await mkdir(join(folder, '.secrets'));
      await writeFile(join(folder, '.secrets', 'key'), 'x');
    },
    async (folder, next) => {
      await writeFile(join(folder, '.secrets', 'key'), 'y');
      assert.is(await next(), 'a.yaml=1');
    },
    folder => [join(folder, '.secrets', 'key')],
  ),
);

watching('is silent where nothing changed but times, and files that are no configuration', () =>
  watched(oneFile, async (folder, next, changes) => {
    await writeFile(join(folder, 'a.yaml'), '1');
    await writeFile(join(folder, 'notes.txt'), 'x');
    await writeFile(join(folder, 'a.yaml'), '2');
    assert.is(await next(), 'a.yaml=2');
    assert.is(changes.length, 1);
  }),
);

watching('sees what changed between loading and watching', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'krater-watch-'));
  await oneFile(folder);
  const known = [{ path: join(folder, 'a.yaml'), text: '0' }];
  const text = await new Promise<string | undefined>(resolve => {
    const onChange = (files: readonly SourceFile[]) => {
      watch.close();
      resolve(files[0]?.text);
    };
    const watch = watchFolder(folder, onChange, { known, debounce: 5 });
  });
  assert.is(text, '1');
  await rm(folder, { recursive: true });
});

watching('tells once that the folder has gone, and goes on when it is back', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'krater-watch-'));
  await oneFile(folder);
  const errors: string[] = [];
  let changed = (_text: string | undefined) => {};
  const back = new Promise<string | undefined>(resolve => (changed = resolve));
  const watch = watchFolder(folder, files => changed(files[0]?.text), {
    debounce: 5,
    onError: error => errors.push((error as { code: string }).code),
    // The wait until the next look is shortened, since nothing tells when a removed folder is back.
    after(_milliseconds, run) {
      const timer = setTimeout(run, 5);
      return () => clearTimeout(timer);
    },
  });
  await watch.ready;
  await rm(folder, { recursive: true });
  while (errors.length === 0) await new Promise(resolve => setTimeout(resolve, 5));
  await mkdir(folder);
  await writeFile(join(folder, 'a.yaml'), '2');
  assert.is(await back, '2');
  assert.equal(errors, ['FILE_NOT_FOUND']);
  watch.close();
  await rm(folder, { recursive: true });
});

watching.run();
