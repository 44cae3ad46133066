import { referenceTable } from './adapter-files.ts';
import { pieces } from './pieces.ts';
import type { AdapterPlan } from './scaffold.ts';
import { settings } from './settings.ts';
import { settingsOf } from './text.ts';

/** `package.json`: what is published is JavaScript; Krater brings the peers. */
export function manifest({ name, summary, version }: AdapterPlan): string {
  const content = {
    name: `krater-adapter-${name}`,
    version: '0.1.0',
    description: `Krater adapter: ${summary}`,
    keywords: ['krater', 'krater-adapter'],
    type: 'module',
    engines: { node: '>=22.18' },
    exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' } },
    files: ['dist'],
    scripts: {
      dev: 'krater adapters dev',
      test: 'tsc && node --test',
      build: 'tsc -p tsconfig.build.json',
      readme: 'krater adapters ./src/index.ts --write README.md',
      prepack: 'npm run readme && npm run build',
    },
    peerDependencies: { '@krater/mixer': `^${version}`, '@krater/templates': `^${version}` },
    peerDependenciesMeta: { '@krater/mixer': { optional: true }, '@krater/templates': { optional: true } },
    devDependencies: {
      '@krater/cli': `^${version}`,
      '@krater/mixer': `^${version}`,
      '@krater/templates': `^${version}`,
      '@types/node': '^24.0.0',
      typescript: '^7.0.2',
    },
  };
  return `${JSON.stringify(content, undefined, 2)}\n`;
}

/** `tsconfig.json`: checks everything, and allows only what Node runs unbuilt. */
export const compilerOptions = `{
  "compilerOptions": {
    "target": "es2024",
    "lib": ["es2025", "esnext.disposable"],
    "module": "nodenext",
    "types": ["node"],
    "strict": true,
    "erasableSyntaxOnly": true,
    "verbatimModuleSyntax": true,
    "allowImportingTsExtensions": true,
    "rewriteRelativeImportExtensions": true,
    "noEmit": true
  },
  "include": ["src", "test"]
}
`;

/** `tsconfig.build.json`: writes what is published. */
export const buildOptions = `{
  "extends": "./tsconfig.json",
  "compilerOptions": { "noEmit": false, "declaration": true, "rootDir": "src", "outDir": "dist" },
  "include": ["src"]
}
`;

export const ignored = 'node_modules\ndist\n*.tgz\n';

/** `README.md`, with the reference of the configuration between two marks. */
export function readme(plan: AdapterPlan): string {
  const { name, summary, templates } = plan;
  const [template = ''] = templates;
  const params = settingsOf(templates)
    .map(setting => `${setting}: ${settings[setting].tried}`)
    .join(', ');
  const fields = pieces[template]?.params;
  const instance = `{ name: a-${template}, template: ${template}${fields === '' ? '' : `, params: ${fields}`} }`;
  return `# krater-adapter-${name}

A Krater adapter: ${summary}.

\`\`\`
npm install krater-adapter-${name}
\`\`\`

\`\`\`yaml
apiVersion: krater.dev/v1
kind: Rule
metadata: { name: try-${name} }
spec:
  match: "true"
  actions:
  - handler: { adapter: ${name}, params: { ${params} } }
    instances:
    - ${instance}
\`\`\`

## Parameters

<!-- reference: written by npm run readme -->
${referenceTable(plan)}
<!-- /reference -->

## Working on it

| | |
|---|---|
| \`npm run dev\` | a Mixer with the rules in \`dev\`, which prints what the adapter receives; save anything, and it is live |
| \`npm test\` | types, the contract of adapters, and its own tests |
| \`npm run readme\` | writes the table above anew from the configuration that the source declares |
| \`npm publish\` | builds JavaScript into \`dist\` and publishes it |
`;
}
