import { isMap, PlainMap } from '../value.ts';
import { camelCased, fields, noEffect, record, type Shape, written } from './shape.ts';
import { respeltFields } from './template-fields.ts';

/** Where the template was compiled in, an output was read as `$out.FIELD`. */
const binding: Shape = (value, from, _to, translation) => {
  if (typeof value !== 'string' || !value.includes('$out.')) return value;
  translation.rewritten(from);
  return value.replaceAll('$out.', 'output.');
};
const attributeBindings = record(binding);

/** The params of an instance. Fields that have one spelling go on as they are: the template knows its fields best. */
function params(template: unknown): Shape {
  const table = respeltFields(template);
  const respelt = fields(table);
  return (value, from, to, translation) => {
    if (!isMap(value)) return value;
    const [known, others] = partition(value, key => table[camelCased(key)] !== undefined);
    return Object.assign(others, respelt(known, from, to, translation));
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
  const beside = fields(
    { attributeBindings: ['attributes', attributeBindings] },
    { template, exportTo: ['*'] },
  );
  return (value, from, to, translation) => {
    translation.paths.record([...to, 'template'], ['kind']);
    translation.paths.record([...to, 'params'], from);
    const [bindings, given] = isMap(value)
      ? partition(value, key => camelCased(key) === 'attributeBindings')
      : [{}, value];
    const native = beside(bindings, from, to, translation) as object;
    return { ...native, params: params(template)(given, from, [...to, 'params'], translation) };
  };
}

function templateOf(spec: unknown): unknown {
  return written(spec, 'template') ?? written(spec, 'compiledTemplate');
}

type PlainRecord = Record<string, unknown>;

function partition(
  map: { readonly [key: string]: unknown },
  isFirst: (key: string) => boolean,
): [PlainRecord, PlainRecord] {
  const [first, second]: [PlainRecord, PlainRecord] = [new PlainMap(), new PlainMap()];
  for (const [key, value] of Object.entries(map)) (isFirst(key) ? first : second)[key] = value;
  return [first, second];
}
