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
  for (const step of path)
    schemas = schemas.flatMap(parent => children(parent, step)).flatMap(found => unwrap(found));
  return schemas;
}

/** The keys that the schema names for a map at a path. */
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

function unwrap(schema: Schema, depth = 0): Schema[] {
  if (depth > deepest) return [];
  const inner = within(schema._zod.def as Def);
  if (!inner) return [schema];
  // A pipe is kept too: a secret is one, and its parts do not know it.
  const kept = schema._zod.def.type === 'pipe' ? [schema] : [];
  return [...kept, ...inner.flatMap(next => (next ? unwrap(next, depth + 1) : []))];
}

function within(def: Def): readonly (Schema | undefined)[] | undefined {
  switch (def.type) {
    case 'pipe':
      // A preprocessing step accepts anything; what follows it knows more.
      return [def.in?._zod.def.type === 'transform' ? def.out : def.in];
    case 'lazy':
      return [def.getter?.()];
    case 'union':
      return def.options;
    case 'intersection':
      return [def.left, def.right];
    default:
      return def.innerType && [def.innerType];
  }
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
