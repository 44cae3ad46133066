import {
  type AdapterResolver,
  type AdapterSource,
  type AnyAdapter,
  defineToken,
  type Service,
  type Token,
} from '@krater/mixer';

/**
 * The same adapters, but those that only take reports take them nowhere: a dry run decides as the real thing would and
 * opens no port or file.
 */
export function reportsNothing(source: AdapterSource): AdapterSource {
  if (!('resolve' in source)) return source.map(dry);
  const resolver: AdapterResolver = source;
  const { services } = resolver;
  return {
    async resolve(name, from) {
      const { adapter, origin } = await resolver.resolve(name, from);
      return { adapter: dry(adapter), origin };
    },
    ...(services !== undefined && {
      async services(name: string, from: string) {
        const offered = await services(name, from);
        return {
          ...offered,
          services: [...offered.services, ...offered.services.map(it => inert(it.token))],
        };
      },
    }),
  };
}

function dry(adapter: AnyAdapter): AnyAdapter {
  const templates: AnyAdapter['templates'] = adapter.templates;
  if (templates.some((template: { variety: string }) => template.variety !== 'report')) return adapter;
  const handlers = Object.fromEntries(
    templates.map((template: { name: string }) => [template.name, () => {}]),
  );
  const needs = Object.entries(adapter.needs).map(([name, token]) => [name, inert(token).token] as const);
  const services = Object.values(adapter.needs).map(inert);
  return { ...adapter, needs: Object.fromEntries(needs), services, create: () => handlers };
}

/** What stands in the place of a service that nobody will use: it opens nothing either. */
function inert(token: Token<unknown>): Service {
  return { token: defineToken(`${token.description} in a dry run`), create: () => undefined };
}
