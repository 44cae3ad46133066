import { DocumentReader } from '@krater/documents/reader';
import type { ConfigDocument } from '../../src/config/document.ts';
import { translate } from '../../src/istio/index.ts';

/** One document of the original; `spec` is YAML as it stands under `spec:`. */
export function original(kind: string, name: string, spec: string, namespace?: string): string {
  const place = namespace === undefined ? '' : `, namespace: ${namespace}`;
  const body = spec.replaceAll(/^/gm, '  ');
  return `---\napiVersion: config.istio.io/v1alpha2\nkind: ${kind}\nmetadata: { name: ${name}${place} }\nspec:\n${body}\n`;
}

/** What a text becomes, as plain data, and what is wrong with it: `line:column CODE message | hint`. */
export function translated(text: string) {
  const reader = new DocumentReader({ apiVersions: ['config.istio.io/v1alpha2'] });
  const reading = reader.read([{ path: 'istio.yaml', text }]);
  const { documents, problems } = translate(reading.documents);
  return {
    documents,
    /** By `Kind/name`. */
    specs: Object.fromEntries(
      documents.map(document => [`${document.kind}/${document.name}`, plain(document.spec)]),
    ),
    problems: [...reading.problems, ...problems].map(
      ({ place, code, message, hint }) => `${place.line}:${place.column} ${code} ${message} | ${hint}`,
    ),
  };
}

/** Where a problem at a native path is shown: `line:column text`. */
export function shownAt(
  document: ConfigDocument,
  path: readonly (string | number)[],
  at: 'key' | 'value' = 'value',
): string {
  const problem = document.source.problem(
    { code: 'X', message: 'x' },
    { path: document.sourcePath(path), at },
  );
  const { line, column, endColumn } = problem.place;
  const text = document.source.file.text.split('\n')[line - 1] ?? '';
  return `${line}:${column} ${text.slice(column - 1, endColumn - 1)}`;
}

/** Without the prototypes that configuration maps lack. */
function plain(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}
