import { PlainMap } from '../value.ts';
import { camelCased, type FieldTable, fields, isMap, noEffect, record, type Shape } from './shape.ts';
import { fieldNames } from './template-fields.ts';

/** Where the template was compiled in, an output was read as `$out.FIELD`. */
const binding: Shape = (value, from, _to, translation) => {
  if (typeof value !== 'string' || !value.includes('$out.')) return value;
  translation.rewritten(from);
  return value.replaceAll('$out.', 'output.');
};
const attributeBindings = record(binding);

/** The params of an instance; unknown fields go on as they are, because the template knows its fields best. */
function params(template: unknown): Shape {
  const names = fieldNames(template);
  return (value, from, to, translation) => {
    if (!isMap(value) || names.size === 0) return value;
    const unknown = Object.keys(value).filter(key => !names.has(camelCased(key)));
    const table: Record<string, FieldTable[string]> = new PlainMap();
    for (const key of unknown) table[camelCased(key)] = [key];
    for (const [camelCase, name] of names) table[camelCase] = [name];
    return fields(table)(value, from, to, translation);
  };
}

/** `instance`: a template of the original with its params. */
export const instance: Shape = (value, from, to, translation) =>
  fields(
    {
      name: noEffect('an instance is called what its metadata.name says'),
      template: ['template'],
      compiledTemplate: ['template'],
      params: ['params', params(templateOf(value))],
      attributeBindings: ['attributes', attributeBindings],
    },
    { exportTo: ['*'] },
  )(value, from, to, translation);

/** A kind that was named after a template: its spec is the params, and `attributeBindings` beside them. */
export function legacyInstance(template: string): Shape {
  return (value, from, to, translation) => {
    translation.paths.record([...to, 'template'], ['kind']);
    translation.paths.record([...to, 'params'], from);
    if (!isMap(value)) return { template, params: value, exportTo: ['*'] };
    const isBindings = (key: string) => camelCased(key) === 'attributeBindings';
    const [key, bindings] = Object.entries(value).find(([key]) => isBindings(key)) ?? [];
    const given = Object.fromEntries(Object.entries(value).filter(([key]) => !isBindings(key)));
    const translated = params(template)(given, from, [...to, 'params'], translation);
    const native: Record<string, unknown> = { template, params: translated, exportTo: ['*'] };
    if (key === undefined) return native;
    translation.paths.record([...to, 'attributes'], [...from, key]);
    native['attributes'] = attributeBindings(bindings, [...from, key], [...to, 'attributes'], translation);
    return native;
  };
}

function templateOf(spec: unknown): unknown {
  if (!isMap(spec)) return undefined;
  return (
    spec['template'] ?? Object.entries(spec).find(([key]) => camelCased(key) === 'compiledTemplate')?.[1]
  );
}
