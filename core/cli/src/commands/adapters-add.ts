import { resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { createAdapterLoader, publishedAdapters } from '../adapters/adapter-loader.ts';
import { installPackage, type PublishedPackage, viewPackage } from '../adapters/npm.ts';
import { starterHandler } from '../adapters/starter-handler.ts';
import type { Action } from '../command.ts';
import { cliError } from '../error.ts';
import { formatTable } from '../table.ts';
import { exit, type Terminal } from '../terminal.ts';

interface Options {
  readonly config: string;
  readonly yes?: boolean;
}

/**
 * `krater adapters add NAME`: shows whose package it is, asks, installs the version that was shown without running
 * anything of it, and prints a handler to start from.
 */
export const adaptersAdd: Action<Options> = async (terminal, [name = ''], { config, yes = false }) => {
  const spec = packageSpec(name);
  const found = await viewPackage(spec, config);
  terminal.tell({ event: 'found', ...found }, formatPackage(found));
  if (!yes && !(await agreed(terminal))) {
    terminal.tell({ event: 'declined' }, 'nothing was installed');
    return exit.no;
  }
  await installPackage(found, config);
  const {
    adapter,
    package: from,
    version,
  } = await createAdapterLoader(config).resolve(found.name, resolve(config));
  const handler = starterHandler(adapter);
  terminal.tell(
    { event: 'installed', package: from, version, adapter: adapter.name, handler },
    `installed ${from}@${version}; its parameters: krater adapters ${adapter.name}\n\n${handler}`,
  );
  return exit.fine;
};

/** The package that a name means: one of Krater's own, `krater-adapter-NAME`, or the package of that very name. */
function packageSpec(name: string): string {
  const [, scope = '', bare = '', version = ''] =
    /^(@[a-z0-9~-][a-z0-9._~-]*\/)?([a-z0-9~][a-z0-9._~-]*)(@[A-Za-z0-9._~^+-]+)?$/.exec(name) ?? [];
  if (bare === '') {
    throw cliError('CLI_WRONG_USE', `${JSON.stringify(name)} is no name of an adapter or package`, {
      hint: 'write it like: krater adapters add prometheus',
    });
  }
  if (scope !== '' || bare.startsWith('krater-adapter-')) return name;
  return `${publishedAdapters.includes(bare) ? '@krater/adapter-' : 'krater-adapter-'}${bare}${version}`;
}

function formatPackage(found: PublishedPackage): string {
  const { name, version, description, license, publisher, maintainers, published, dependencies } = found;
  const rows = [
    ['publisher', publisher || 'the registry does not say'],
    ['maintainers', maintainers.join(', ')],
    ['published', published],
    ['license', license],
    ['says', description],
    ['brings', dependencies.join(', ')],
    ['deprecated', found.deprecated],
    ['scripts', found.hasInstallScripts ? 'it has install scripts, which will not run' : ''],
  ].filter(([, value]) => value !== '');
  return `${name} ${version}\n${formatTable(rows as string[][], '  ')}`;
}

async function agreed(terminal: Terminal): Promise<boolean> {
  if (terminal.json || !process.stdin.isTTY) {
    throw cliError('CLI_WRONG_USE', 'nobody can be asked here whether to install it', {
      hint: 'look at what was found, and say so: krater adapters add NAME --yes',
    });
  }
  const asking = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return /^y(es)?$/i.test(
      (await asking.question('Install it? An adapter runs with the rights of Krater. [y/N] ')).trim(),
    );
  } finally {
    asking.close();
  }
}
