import type { BaseEnv } from '../env.ts';
import type { Template } from '../template.ts';
import type { Service } from '../token.ts';

/** What is wrong with what should be an adapter, for authors whose compiler did not say. */
export function adapterProblem(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return 'is none';
  const { templates, config, create, needs, services, aliases } = value as Readonly<Record<string, unknown>>;
  if (!Array.isArray(aliases) || !Array.isArray(services) || typeof needs !== 'object' || needs === null)
    return 'was not made by defineAdapter()';
  if (!Array.isArray(templates) || templates.length === 0) return 'declares no templates';
  const names = templates.map((template: Partial<Template> | undefined) => template?.name);
  if (names.includes(undefined)) return 'declares a template that defineTemplate() has not made';
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) return `declares two templates called "${twice}"`;
  if (typeof (config as { safeParse?: unknown } | undefined)?.safeParse !== 'function')
    return 'declares a config that is no zod schema';
  if (typeof create !== 'function') return 'declares no create()';
  const shadowed = Object.keys(needs).find(name => envNames.has(name));
  if (shadowed !== undefined) return `needs a service by the name "${shadowed}", which env has already`;
  const isService = (service: unknown) =>
    typeof (service as Partial<Service> | undefined)?.create === 'function';
  return services.every(isService) ? undefined : 'offers a service that defineService() has not made';
}

const envNames: ReadonlySet<string> = new Set(
  Object.keys({
    log: true,
    clock: true,
    timers: true,
    metrics: true,
    signal: true,
    fetch: true,
    random: true,
    handler: true,
    instances: true,
    keep: true,
    changed: true,
  } satisfies Record<keyof BaseEnv, true>),
);
