import type { Service } from '@krater/mixer';

/** What a module exports. */
export type Namespace = { readonly default?: unknown; readonly [name: string]: unknown };

/** The services among the exports of a module, and those of an adapter that is its default export. */
export function offeredServices(namespace: Namespace): readonly Service[] {
  const { services = [] } = (namespace.default ?? {}) as { services?: readonly unknown[] };
  const isService = (value: unknown): value is Service =>
    typeof (value as Partial<Service> | undefined)?.create === 'function' &&
    typeof (value as Partial<Service>).token === 'symbol';
  return [...Object.values(namespace), ...services].filter(isService);
}
