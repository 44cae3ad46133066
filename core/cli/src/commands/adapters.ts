import type { MixerStatus } from '@krater/mixer';
import { createAdapterLoader, type LoadedAdapter } from '../adapters/adapter-loader.ts';
import { configSchema, configSettings, type Setting } from '../adapters/config-reference.ts';
import { markdownReference, writeReference } from '../adapters/readme-reference.ts';
import type { Action } from '../command.ts';
import { cliError } from '../error.ts';
import { formatTable } from '../table.ts';
import { type ExitCode, exit, type Terminal } from '../terminal.ts';
import { askStatus } from './status.ts';

interface Options {
  readonly config: string;
  readonly schema?: boolean;
  /** A page to write the reference into. */
  readonly write?: string;
  readonly address?: string;
  readonly adminToken?: string;
}

/** The handlers of a running krater, by the name of their adapter. */
type Running = Readonly<Record<string, MixerStatus['handlers'] | undefined>>;

/**
 * `krater adapters [list]` prints what is installed; `krater adapters NAME` the reference of one. With the address of a
 * running krater, how the handlers of each are.
 */
export const adapters: Action<Options> = async (terminal, [name = 'list'], options) => {
  const { config, schema, write, address, adminToken } = options;
  const loader = createAdapterLoader(config);
  if (name === 'list' && (schema === true || write !== undefined))
    throw cliError('CLI_WRONG_USE', '--schema and --write are of one adapter', {
      hint: 'name it: krater adapters NAME --schema',
    });
  const running: Running | undefined =
    address === undefined
      ? undefined
      : Object.groupBy((await askStatus(address, adminToken)).mixer?.handlers ?? [], it => it.adapter);
  if (name !== 'list') {
    const loaded = await loader.resolve(name, config);
    const params = configSchema(loaded.adapter.config);
    if (write !== undefined) return tellWritten(terminal, write, loaded);
    if (schema === true) terminal.tell(params, JSON.stringify(params, undefined, 2));
    else terminal.tell({ ...summary(loaded, running), params }, formatReference(loaded, running));
    return exit.fine;
  }
  const found = await loader.list();
  const broken = found.filter(it => 'error' in it);
  const loaded = found.filter(it => 'adapter' in it);
  if (terminal.json) for (const it of loaded) terminal.tell(summary(it, running), '');
  else terminal.tell({}, formatList(loaded, running));
  for (const { package: name, error } of broken) complain(terminal, name, error);
  return broken.length === 0 ? exit.fine : exit.no;
};

function tellWritten(terminal: Terminal, path: string, { adapter }: LoadedAdapter): ExitCode {
  const changed = writeReference(path, markdownReference(adapter));
  terminal.tell({ event: 'written', path, changed }, changed ? `wrote ${path}` : `${path} is up to date`);
  return exit.fine;
}

function complain(terminal: Terminal, name: string, error: unknown): void {
  if (!terminal.json) process.stderr.write(`\n${name} is installed and does not load:\n`);
  terminal.fail(error);
}

function summary(
  { adapter, package: name, version, folder, isolation }: LoadedAdapter,
  running: Running | undefined,
) {
  return {
    name: adapter.name,
    summary: adapter.summary,
    aliases: adapter.aliases,
    templates: adapter.templates.map((template: { name: string }) => template.name),
    isolation,
    isolations: ['inline', 'worker', 'process', 'remote'],
    contract: adapter.contract,
    services: Object.entries(adapter.needs).map(([need, token]) => ({
      name: need,
      token: token.description,
    })),
    package: name,
    version,
    folder,
    ...(running && {
      handlers: (running[adapter.name] ?? []).map(it => ({ name: it.name, ...it.health })),
    }),
  };
}

function formatList(loaded: readonly LoadedAdapter[], running: Running | undefined): string {
  const rows = loaded.map(it => {
    const {
      name,
      aliases,
      templates,
      contract,
      isolation,
      version,
      summary: text,
      handlers,
    } = summary(it, running);
    const names = [name, ...aliases].join(', ');
    const health = handlers && [handlers.map(formatHealth).join(', ') || '-'];
    return [names, version, templates.join(', '), `${contract}`, isolation, ...(health ?? []), text];
  });
  const health = running === undefined ? [] : ['HEALTH'];
  const head = ['ADAPTER', 'VERSION', 'TEMPLATES', 'CONTRACT', 'ISOLATION', ...health, 'SUMMARY'];
  return formatTable([head, ...rows]);
}

function formatHealth({ name, mode, state }: { name: string; mode?: string; state?: string }): string {
  return `${name} ${state ?? 'unknown'}${mode === undefined ? '' : ` (${mode})`}`;
}

function formatReference(loaded: LoadedAdapter, running: Running | undefined): string {
  const { name, aliases, package: from, version, templates, contract, ...rest } = summary(loaded, running);
  const { isolation, isolations, summary: text, services, handlers } = rest;
  const head = formatTable(
    [
      ['package', version === '' ? from : `${from}@${version}`],
      ...(aliases.length > 0 ? [['also called', aliases.join(', ')]] : []),
      ['templates', templates.join(', ')],
      ['contract', `version ${contract}`],
      ['isolation', `${isolation}; or ${isolations.filter(it => it !== isolation).join(', ')}`],
      ...services.map(it => [
        'service',
        `${it.name}, ${it.token}: one in the Mixer, and one in each thread, process or connection apart`,
      ]),
      ...(handlers ?? []).map(it => ['handler', formatHealth(it)]),
    ],
    '  ',
  );
  const settings = configSettings(loaded.adapter.config);
  const params =
    settings.length === 0 ? 'params: none' : `params:\n${settings.map(formatSetting).join('\n')}`;
  return `${name}: ${text}\n\n${head}\n\n${params}`;
}

function formatSetting({ path, type, presence, description }: Setting): string {
  const head = `  ${path}: ${type}${presence === '' ? '' : `, ${presence}`}`;
  return description === '' ? head : `${head}\n      ${description}`;
}
