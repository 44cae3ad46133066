import type { z } from 'zod';
import type { Path } from './document.ts';

type Schema = z.core.$ZodType;
type Def = z.core.$ZodTypeDef & {
  innerType?: Schema;
  in?: Schema;
  out?: Schema;
  getter?: () => Schema;
  options?: readonly Schema[];
  left?: Schema;
  right?: Schema;
  shape?: { [key: string]: Schema };
  catchall?: Schema;
  valueType?: Schema;
  element?: Schema;
  items?: readonly Schema[];
  rest?: Schema | null;
};

/** Every schema that a value at a path may have to satisfy: wrappers removed, all branches of unions. */
export function schemasAt(schema: Schema, path: Path): Schema[] {
  let schemas = unwrap(schema);
  for (const step of path) schemas = schemas.flatMap(parent => children(parent, step)).flatMap(unwrap);
  return schemas;
}

/** The keys that a map at a path may have; undefined where it may have any. */
export function keysAt(schema: Schema, path: Path): string[] {
  const shapes = schemasAt(schema, path).map(found => (found._zod.def as Def).shape ?? {});
  return [...new Set(shapes.flatMap(shape => Object.keys(shape)))];
}

/** Whether the schema itself makes an object of a map there, instead of passing it on as it is. */
export function buildsObjectAt(schema: Schema, path: Path): boolean {
  return schemasAt(schema, path).some(found => ['object', 'record'].includes(found._zod.def.type));
}

/** Recursive schemas come back to themselves: this deep is deeper than any configuration. */
const deepest = 20;

function unwrap(schema: Schema, depth: number | unknown = 0): Schema[] {
  const def = schema._zod.def as Def;
  const level = typeof depth === 'number' ? depth : 0;
  if (level > deepest) return [];
  const inner =
    def.type === 'pipe'
      ? // A preprocessing step accepts anything; what follows it knows more.
        [def.in?._zod.def.type === 'transform' ? def.out : def.in]
      : def.type === 'lazy'
        ? [def.getter?.()]
        : def.type === 'union'
          ? def.options
          : def.type === 'intersection'
            ? [def.left, def.right]
            : def.innerType && [def.innerType];
  if (!inner) return [schema];
  return [
    ...(def.type === 'pipe' ? [schema] : []),
    ...inner.flatMap(next => (next ? unwrap(next, level + 1) : [])),
  ];
}

function children(schema: Schema, step: string | number): Schema[] {
  const def = schema._zod.def as Def;
  switch (def.type) {
    case 'object': {
      const own = def.shape && Object.hasOwn(def.shape, step) ? def.shape[step] : def.catchall;
      return own ? [own] : [];
    }
    case 'record':
      return def.valueType ? [def.valueType] : [];
    case 'array':
      return def.element ? [def.element] : [];
    case 'tuple': {
      const item = def.items?.[Number(step)] ?? def.rest;
      return item ? [item] : [];
    }
    default:
      return [];
  }
}
