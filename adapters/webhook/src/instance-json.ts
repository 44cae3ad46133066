import {
  encodeValue,
  formatJson,
  type InstanceShape,
  PlainMap,
  type Value,
  type ValueType,
} from '@krater/mixer';

type Types = InstanceShape['types'];

/**
 * Writes instances as JSON: times as RFC 3339, durations as texts such as `"19ms"`, integers with all of their digits.
 * A report's field that could not be evaluated arrives as `"unknown"` or null, whatever its type.
 */
export class InstanceWriter {
  readonly #types = new Map<string, Types>();

  constructor(shapes: readonly InstanceShape[]) {
    for (const { template, name, types } of shapes) this.#types.set(`${template}/${name}`, types);
  }

  /** The text of an object with the instance, named `template`, and whatever else is said. */
  write(template: string, instance: { readonly name: string }, more: object = {}): string {
    const types = this.#types.get(`${template}/${instance.name}`) ?? {};
    return formatJson({ template, ...more, instance: plain(instance, '', types) });
  }
}

function plain(value: unknown, path: string, types: Types): unknown {
  if (typeof value !== 'object' || value === null) return timed(value, types[path]);
  const written: Record<string, unknown> = new PlainMap();
  const type = types[path];
  const inner = typeof type === 'object' ? type : undefined;
  for (const [key, part] of Object.entries(value)) {
    const at = path === '' ? key : `${path}.${key}`;
    written[key] = inner && Object.hasOwn(inner, key) ? timed(part, inner[key]) : plain(part, at, types);
  }
  return written;
}

function timed(value: unknown, type: Types[string] | undefined): unknown {
  const isTime = type === 'TIMESTAMP' || type === 'DURATION';
  return isTime && Number.isSafeInteger(value) ? encodeValue(type as ValueType, value as Value) : value;
}
