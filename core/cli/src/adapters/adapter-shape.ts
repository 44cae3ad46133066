import { type AnyAdapter, contractVersion } from '@krater/mixer';
import * as templates from '@krater/templates';
import { adapterError } from './adapter-error.ts';

/** The oldest version of the adapter contract that still works. */
const oldestContract = Math.max(1, contractVersion - 1);

/**
 * Makes sure that a package's default export is an adapter. TypeScript authors have the compiler for this; the messages
 * are for those who write JavaScript.
 */
export function checkAdapter(value: unknown, origin: string): AnyAdapter {
  const invalid = (
    fact: string,
    hint = 'write: export default defineAdapter({ name, summary, templates, config, create })',
  ) =>
    adapterError('ADAPTER_BAD_EXPORT', `the default export of "${origin}" is no adapter: ${fact}`, { hint });

  if (value === undefined) throw invalid('there is no default export');
  if (typeof value !== 'object' || value === null) {
    throw invalid(`it is a ${value === null ? 'null' : typeof value}, not a value made by defineAdapter`);
  }
  if (typeof (value as { default?: unknown }).default === 'object') {
    throw invalid(
      'the package is CommonJS',
      'an adapter is an ES module: put "type": "module" into its package.json, and compile it to ES modules',
    );
  }
  const adapter = value as Partial<AnyAdapter>;
  if (typeof adapter.name !== 'string') throw invalid('it has no "name"');
  if (
    typeof adapter.contract !== 'number' ||
    !Array.isArray(adapter.aliases) ||
    !Array.isArray(adapter.services)
  ) {
    throw invalid(
      'it was not made by defineAdapter',
      'wrap it: export default defineAdapter({ … }), from "@krater/mixer"',
    );
  }
  if (adapter.contract > contractVersion || adapter.contract < oldestContract) {
    const newer = adapter.contract > contractVersion;
    throw adapterError(
      'ADAPTER_CONTRACT',
      `"${origin}" was written for version ${adapter.contract} of the adapter contract, and this krater knows ${oldestContract === contractVersion ? contractVersion : `${oldestContract} to ${contractVersion}`}`,
      {
        hint: newer
          ? 'update krater: npm install @krater/cli@latest'
          : `update the adapter: npm install ${origin.replace(/@[^@/]*$/, '')}@latest`,
      },
    );
  }
  if (!Array.isArray(adapter.templates) || adapter.templates.length === 0)
    throw invalid('"templates" is not a list of templates');
  for (const [index, template] of adapter.templates.entries()) {
    if (
      typeof template?.name !== 'string' ||
      typeof template.variety !== 'string' ||
      typeof template.fields !== 'object'
    ) {
      throw invalid(`templates[${index}] is no template`, templateHint(template));
    }
  }
  if (typeof adapter.config?.safeParse !== 'function') {
    throw invalid(
      '"config" is no zod schema',
      'import { z } from "@krater/mixer" and write: config: z.strictObject({ … })',
    );
  }
  if (typeof adapter.create !== 'function') throw invalid('"create" is not a function');
  return adapter as AnyAdapter;
}

function templateHint(found: unknown): string {
  const name = typeof found === 'string' && found in templates ? found : undefined;
  if (name === undefined) return 'import templates from "@krater/templates", or make one with defineTemplate';
  return `write ${name} without quotes, after: import { ${name} } from "@krater/templates"`;
}
