import type { AdapterResolver, AdapterSource, AnyAdapter } from '@krater/mixer';

/**
 * The same adapters, but those that only take reports take them nowhere: a dry run decides as the real thing would and
 * opens no port or file.
 */
export function reportsNothing(source: AdapterSource): AdapterSource {
  if (!('resolve' in source)) return source.map(dry);
  const resolver: AdapterResolver = source;
  return {
    async resolve(name, from) {
      const { adapter, origin } = await resolver.resolve(name, from);
      return { adapter: dry(adapter), origin };
    },
  };
}

function dry(adapter: AnyAdapter): AnyAdapter {
  const templates: AnyAdapter['templates'] = adapter.templates;
  if (templates.some((template: { variety: string }) => template.variety !== 'report')) return adapter;
  const handlers = Object.fromEntries(
    templates.map((template: { name: string }) => [template.name, () => {}]),
  );
  return { ...adapter, needs: {}, services: [], create: () => handlers };
}
