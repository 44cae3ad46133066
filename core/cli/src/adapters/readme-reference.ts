import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { AnyAdapter } from '@krater/mixer';
import { cliError } from '../error.ts';
import { configSettings, type Setting } from './config-reference.ts';

/** What an adapter serves and how it is configured, as Markdown for its README. */
export function markdownReference({ templates, contract, needs, config }: AnyAdapter): string {
  const served = (templates as readonly { name: string; variety: string }[]).map(
    ({ name, variety }) => `\`${name}\` (${variety})`,
  );
  const needed = Object.values(needs).map(({ description }) => `\`${description.replace(/^krater:/, '')}\``);
  const head = [
    `Serves ${served.join(', ')}.`,
    ...(needed.length === 0 ? [] : [`Needs the service ${needed.join(', ')}.`]),
    `Contract version ${contract}.`,
  ].join(' ');
  const settings = configSettings(config);
  if (settings.length === 0) return `${head}\n\nNo parameters.`;
  const rows = ['| parameter | type | default | meaning |', '|---|---|---|---|', ...settings.map(row)];
  return `${head}\n\n${rows.join('\n')}`;
}

function row({ path, type, presence, description }: Setting): string {
  const standard = presence.startsWith('default ')
    ? `\`${cell(presence.slice('default '.length))}\``
    : presence;
  return `| \`${path}\` | ${cell(type)} | ${standard} | ${cell(description)} |`.replaceAll('|  |', '| |');
}

const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

const marks = /(<!-- reference\b[^\n]*-->\n)[\s\S]*?(<!-- \/reference -->)/;

/** Writes the reference between its marks in a page; answers whether that changed the page. */
export function writeReference(path: string, reference: string): boolean {
  const page = existsSync(path) ? readFileSync(path, 'utf8') : '';
  if (!marks.test(page)) {
    throw cliError('CLI_UNREADABLE_FILE', `"${path}" has no place for the reference`, {
      hint: 'put two lines there: <!-- reference --> and <!-- /reference -->',
    });
  }
  const written = page.replace(marks, (_, start: string, end: string) => `${start}${reference}\n${end}`);
  if (written !== page) writeFileSync(path, written);
  return written !== page;
}
