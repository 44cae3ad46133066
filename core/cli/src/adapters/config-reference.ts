import { z } from '@krater/mixer';

/** One setting of an adapter, for people. */
export interface Setting {
  /** `quotas[].limit`; `{}` stands for any key. */
  readonly path: string;
  readonly type: string;
  /** `required`, or the default as JSON, or nothing. */
  readonly presence: string;
  readonly description: string;
}

interface Schema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly description?: string;
  readonly format?: string;
  readonly title?: string;
}

/** The JSON Schema of an adapter's `params`, as an operator writes them. */
export function configSchema(config: z.ZodType): object {
  return z.toJSONSchema(config, { io: 'input', unrepresentable: 'any' });
}

/** The settings of a configuration, one row each, nested ones after the one they belong to. */
export function configSettings(config: z.ZodType): readonly Setting[] {
  return [...settingsOf(configSchema(config) as Schema, '')];
}

function* settingsOf(schema: Schema, path: string): Iterable<Setting> {
  for (const [key, property] of Object.entries(schema.properties ?? {})) {
    const at = path === '' ? key : `${path}.${key}`;
    const required = schema.required?.includes(key) && property.default === undefined;
    yield {
      path: at,
      type: typeOf(property),
      presence: required
        ? 'required'
        : property.default === undefined
          ? ''
          : `default ${JSON.stringify(property.default)}`,
      description: property.description ?? '',
    };
    yield* settingsOf(property, at);
  }
  if (schema.items !== undefined) yield* settingsOf(schema.items, `${path}[]`);
  if (typeof schema.additionalProperties === 'object')
    yield* settingsOf(schema.additionalProperties, `${path}.{}`);
  const seen = new Set<string>();
  for (const choice of alternatives(schema)) {
    for (const setting of settingsOf(choice, path)) {
      const key = `${setting.path} ${setting.type}`;
      if (!seen.has(key)) yield setting;
      seen.add(key);
    }
  }
}

function typeOf(schema: Schema): string {
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map(value => JSON.stringify(value)).join(' | ');
  const choices = alternatives(schema);
  if (choices.length > 0) return [...new Set(choices.map(typeOf))].join(' | ');
  if (schema.type === 'array') return `list of ${typeOf(schema.items ?? {})}`;
  if (schema.type === 'object') return schema.properties === undefined ? 'map' : 'object';
  return schema.title ?? schema.format ?? (schema.type === undefined ? 'any' : String(schema.type));
}

function alternatives(schema: Schema): readonly Schema[] {
  return schema.anyOf ?? schema.oneOf ?? [];
}
