import type { AnyAdapter } from '@krater/mixer';
import { configSettings, type Setting } from './config-reference.ts';

/**
 * A Handler document for an adapter that was just installed: what it requires is left to fill in, what it has a default
 * for stands there as a comment.
 */
export function starterHandler(adapter: AnyAdapter): string {
  const settings = configSettings(adapter.config).filter(({ path }) => /^[^.[{]+$/.test(path));
  const required = settings.filter(({ presence }) => presence === 'required');
  const optional = settings.filter(({ presence }) => presence !== 'required');
  const templates = adapter.templates.map(({ name }: { name: string }) => name).join(', ');
  return [
    `# ${adapter.summary}; serves ${templates}`,
    'apiVersion: krater.dev/v1',
    'kind: Handler',
    `metadata: { name: ${adapter.name} }`,
    'spec:',
    `  adapter: ${adapter.name}`,
    required.length === 0 ? '  params: {}' : '  params:',
    ...required.map(setting => `    ${setting.path}: # ${described(setting)}`),
    ...optional.map(setting => `    # ${setting.path}: ${described(setting)}`),
  ].join('\n');
}

function described({ type, presence, description }: Setting): string {
  return [type, presence, description].filter(part => part !== '').join(', ');
}
