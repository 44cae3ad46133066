import { pieces } from './pieces.ts';
import type { AdapterPlan } from './scaffold.ts';
import { type Setting, type SettingName, settings } from './settings.ts';
import { indent, piecesOf, settingsOf } from './text.ts';

/** `src/index.ts`: the adapter, one file with one default export. */
export function adapterSource({ name, summary, templates }: AdapterPlan): string {
  const used = piecesOf(templates);
  const imports = [...new Set(['defineAdapter', 'z', ...used.flatMap(piece => piece.imports)])].sort(byName);
  const names = settingsOf(templates);
  const needsEnv = used.some(piece => piece.handler.includes('env.'));
  return `${importing(list(imports), '@krater/mixer')}
${importing(list([...templates].sort()), '@krater/templates')}

export default defineAdapter({
  name: '${name}',
  summary: ${quoted(summary)},
  contract: 1,
  templates: [${templates.join(', ')}],
  config: z.strictObject({
${names.map(setting => `    ${setting}: ${settings[setting].source},`).join('\n')}
  }),
  create: ({ ${names.join(', ')} }${needsEnv ? ', env' : ''}) => ({
${used.map(piece => indent(`${piece.handler},`, 4)).join('\n\n')}
  }),
});
`;
}

/** `test/index.test.ts`: the contract, and a sentence about each template. */
export function testSource({ templates }: AdapterPlan): string {
  const config = settingsOf(templates)
    .map(name => `${name}: ${settings[name].tested}`)
    .join(', ');
  const tests = templates.map(template => {
    const { claim, proof } = pieces[template] as (typeof pieces)[string];
    return `
test('${claim}', async () => {
  const env = fakeEnv();
  const { ${template} } = await createHandler(adapter, config, env);
${indent(proof, 2)}
  await env.close();
});
`;
  });
  return `${importing('assert', 'node:assert/strict')}
${importing('{ test }', 'node:test')}
${importing('{ adapterSuite, createHandler, fakeContext, fakeEnv }', '@krater/mixer/testing')}
${importing('adapter', '../src/index.ts')}

const config = { ${config} };

adapterSuite(adapter, { test, config });
${tests.join('')}`;
}

/** The reference of the adapter, as \`krater adapters FILE --write README.md\` writes it. */
export function referenceTable({ templates }: AdapterPlan): string {
  const served = templates.map(template => `\`${template}\` (${pieces[template]?.variety})`).join(', ');
  const row = (name: SettingName) => {
    const { type, standard, meaning }: Setting = settings[name];
    return `| \`${name}\` | ${cell(type)} | \`${standard}\` | ${meaning} |`;
  };
  return `Serves ${served}. Contract version 1.

| parameter | type | default | meaning |
|---|---|---|---|
${settingsOf(templates).map(row).join('\n')}`;
}

const importing = (what: string, from: string) => `import ${what} from '${from}';`;
const list = (names: readonly string[]) => `{ ${names.join(', ')} }`;
const cell = (text: string) => text.replaceAll('|', '\\|');
const quoted = (text: string) => `'${text.replace(/[\\']/g, '\\$&')}'`;
const byName = (a: string, b: string) => a.localeCompare(b, 'en');
