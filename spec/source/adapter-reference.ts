import * as templates from '@krater/templates';
import { textOf } from '../workspace.ts';

/** The page that lists what an adapter's author works with, made from the declarations themselves. */
export const referencePage = 'plugins/create-krater-adapter/REFERENCE.md';

interface Member {
  readonly name: string;
  readonly type: string;
  readonly text: string;
}

export function buildReferencePage(): string {
  const env = 'core/mixer/src/env.ts';
  const results = 'core/mixer/src/result.ts';
  return [
    '# Reference\n\nWhat adapters are written with. Generated from the declarations: `UPDATE=1 npm test -- adapter-reference`.',
    `## Templates\n\nOf \`@krater/templates\`. A field with \`?\` may be absent.\n\n${templateTable()}`,
    '## env',
    memberTable([...membersOf(env, 'ServiceEnv'), ...membersOf(env, 'BaseEnv')]),
    'Services have the first seven of these.',
    `## The context of a call\n\n${memberTable(membersOf('core/mixer/src/template.ts', 'CallContext'))}`,
    `## What a quota is asked\n\n${memberTable(membersOf(results, 'QuotaRequest'))}`,
    `## Answers\n\n${functionList(results)}`,
    `A check answers with a \`CheckResult\`:\n\n${memberTable(membersOf(results, 'CheckResult'))}`,
    `A quota answers with a \`QuotaResult\`:\n\n${memberTable(membersOf(results, 'QuotaResult'))}`,
    `Validity:\n\n${memberTable(membersOf(results, 'Validity'))}`,
    `## Declaring an adapter\n\n${stepsOf('core/mixer/src/adapter.ts', 'Adapter')}`,
    `${memberTable(declarationMembers())}\n`,
  ].join('\n\n');
}

function templateTable(): string {
  const rows = Object.values(templates).map(({ name, variety, summary, fields }) => {
    const listed = Object.entries(fields).map(([field, kind]) => `\`${field}${shape(kind as Kind)}\``);
    return `| \`${name}\` | ${variety} | ${summary} | ${listed.join(', ')} |`;
  });
  return ['| template | variety | what | fields |', '|---|---|---|---|', ...rows].join('\n');
}

interface Kind {
  readonly kind: string;
  readonly type?: string;
  readonly of?: Kind;
  readonly fields?: Readonly<Record<string, Kind>>;
}

/** A kind after its field's name: `?: map of value`. */
function shape(kind: Kind): string {
  return kind.kind === 'optional' ? `?: ${kindText(kind.of as Kind)}` : `: ${kindText(kind)}`;
}

function kindText(kind: Kind): string {
  if (kind.kind === 'scalar') return kind.type ?? '';
  if (kind.kind === 'map') return `map of ${kindText(kind.of as Kind)}`;
  if (kind.kind !== 'object') return 'any type';
  const fields = Object.entries(kind.fields ?? {}).map(([field, part]) => field + shape(part));
  return `{ ${fields.join(', ')} }`;
}

/** The members of an interface with what is said of them, or else of their type, in the source. */
function membersOf(file: string, name: string): Member[] {
  const body = bodyOf(file, new RegExp(`^export interface ${name}\\b[^{]*\\{\\n`, 'm'));
  return membersIn(body).map(member => ({
    ...member,
    text: member.text || prose(commentOf(file, member.type)),
  }));
}

/** What the parameter of `defineAdapter` has beside what the steps name. */
function declarationMembers(): Member[] {
  const members = membersIn(bodyOf('core/mixer/src/adapter.ts', /^>\(declaration: \{\n/m));
  return members.filter(({ text }) => text !== '');
}

/** The comment of an interface as it is, for one that is written as a list. */
function stepsOf(file: string, name: string): string {
  return commentOf(file, name)
    .replace(/^ *\* ?/gm, '')
    .trim();
}

function commentOf(file: string, name: string): string {
  const pattern = new RegExp(`/\\*\\*((?:(?!\\*/)[\\s\\S])*)\\*/\\nexport interface ${name}\\b`);
  return /^\w+$/.test(name) ? (pattern.exec(textOf(file))?.[1] ?? '') : '';
}

function bodyOf(file: string, head: RegExp): string {
  const text = textOf(file);
  const found = head.exec(text);
  if (found === null) throw new Error(`${file} has no ${head.source}`);
  const start = found.index + found[0].length;
  return text.slice(start, text.indexOf('\n}', start));
}

function membersIn(body: string): Member[] {
  const pattern = /(?: {2}\/\*\*([\s\S]*?)\*\/\n)? {2}(?:readonly )?(\w+\??)(<\w+>)?((?:\(|:)[\s\S]*?);\n/g;
  return [...`${body}\n`.matchAll(pattern)].map(([, text = '', name = '', generic = '', rest = '']) => ({
    name,
    type: (generic + rest.replace(/^: /, '')).replace(/\s+/g, ' '),
    text: prose(text),
  }));
}

function functionList(file: string): string {
  const pattern = /(?:\/\*\*([^/]*?)\*\/\n)?export function (\w+\([\s\S]*?\)): (\w+) \{/g;
  return [...textOf(file).matchAll(pattern)]
    .map(([, text = '', call = '', result]) => {
      const signature = call.replace(/\s+/g, ' ').replace('( ', '(').replace(', )', ')');
      return `- \`${signature}\`: ${result}. ${prose(text)}`.trimEnd();
    })
    .join('\n');
}

function memberTable(members: readonly Member[]): string {
  const rows = members.map(({ name, type, text }) => `| \`${name}\` | \`${cell(type)}\` | ${cell(text)} |`);
  return ['| | | |', '|---|---|---|', ...rows].join('\n');
}

const prose = (comment: string) =>
  comment
    .replace(/^\s*\* ?/gm, ' ')
    .replace(/\{@link (\w+)\}/g, '`$1`')
    .replace(/\s+/g, ' ')
    .trim();
const cell = (text: string) => text.replaceAll('|', '\\|');
