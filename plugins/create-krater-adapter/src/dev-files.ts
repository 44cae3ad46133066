import { type Piece, pieces } from './pieces.ts';
import type { AdapterPlan } from './scaffold.ts';
import { settings } from './settings.ts';
import { indent, settingsOf } from './text.ts';

/** `dev/rules.yaml`: a rule for everything that the adapter serves. */
export function devRules({ name, templates }: AdapterPlan): string {
  const params = settingsOf(templates).map(setting => `${setting}: ${settings[setting].tried}`);
  const told = templates.map(template => ({ template, piece: pieces[template] as (typeof pieces)[string] }));
  const producers = told.filter(({ piece }) => piece.variety === 'attributes');
  const others = told.filter(({ piece }) => piece.variety !== 'attributes');
  const documents = [
    `# The rules of \`npm run dev\`: save, and they are live. What it sends: requests.jsonl. Attributes: npx krater attributes
apiVersion: krater.dev/v1
kind: Handler
metadata: { name: ${name} }
spec:
  adapter: ${name}
  params:
${indent(params.join('\n'), 4)}
`,
    ...(others.length === 0
      ? []
      : [
          rule(
            'try-it',
            name,
            others.map(({ template, piece }) => instance(template, piece.params)),
          ),
        ]),
    ...producers.flatMap(({ template, piece }) => production(name, template, piece)),
  ];
  return documents.join('---\n');
}

/** The documents by which what a template outputs becomes an attribute, and somebody reads it. */
function production(name: string, template: string, { params, produces }: Piece): readonly string[] {
  if (produces === undefined) return [];
  const { manifest, attribute, output, otherwise, header } = produces;
  return [
    ...(manifest === undefined ? [] : [manifest]),
    rule(`make-${template}`, name, [
      `${instance(template, params)}\n  attributes: { ${attribute}: '${output}' }`,
    ]),
    `# What is produced is asked for only where a rule reads it.
apiVersion: krater.dev/v1
kind: Rule
metadata: { name: tell-${template} }
spec:
  match: "true"
  requestHeaderOperations:
  - { name: ${header}, values: ['${attribute} | "${otherwise}"'] }
`,
  ];
}

function rule(name: string, handler: string, instances: readonly string[]): string {
  return `apiVersion: krater.dev/v1
kind: Rule
metadata: { name: ${name} }
spec:
  match: "true"
  actions:
  - handler: ${handler}
    instances:
${indent(instances.join('\n'), 4)}
`;
}

function instance(template: string, params: string): string {
  return `- name: a-${template}\n  template: ${template}${params === '' ? '' : `\n  params: ${params}`}`;
}

/** `dev/requests.jsonl`: one request a line, as attributes. */
export function devRequests(): string {
  const requests = ['zoe', 'ann'].map((user, index) => ({
    'context.reporter.kind': 'inbound',
    'destination.service.name': 'hello',
    'request.method': 'GET',
    'request.path': `/hello/${user}`,
    'request.headers': { user },
    'request.time': `2030-01-01T00:00:0${index}Z`,
    'response.time': `2030-01-01T00:00:0${index + 1}Z`,
    'response.code': 200,
    'trace.id': `${index + 1}`.repeat(32),
  }));
  return `${requests.map(request => JSON.stringify(request)).join('\n')}\n`;
}
