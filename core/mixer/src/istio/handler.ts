import { isMap, PlainMap } from '../value.ts';
import { adapters } from './adapters/index.ts';
import { fields, noEffect, type Shape, unsupported, written } from './shape.ts';

/** The native name of an adapter, and its params in native form; those of adapters unknown here go on as they are. */
function known(adapter: unknown) {
  return typeof adapter === 'string' && Object.hasOwn(adapters, adapter) ? adapters[adapter] : undefined;
}

const adapterName: Shape = value => known(value)?.adapter ?? value;

/** `handler`: an adapter of the original with its params. */
export const handler: Shape = (value, from, to, translation) => {
  const params = known(adapterOf(value))?.params;
  const shape = fields(
    {
      name: noEffect('a handler is called what its metadata.name says'),
      adapter: ['adapter', adapterName],
      compiledAdapter: ['adapter', adapterName],
      params: params === undefined ? ['params'] : ['params', params],
      connection: unsupported(
        'adapters do not run behind gRPC here',
        'install the adapter with npm, and name it as adapter',
      ),
    },
    { exportTo: ['*'] },
  );
  // Without params it had the adapter's defaults, which are not always those of ours.
  const complete =
    isMap(value) && (written(value, 'params') ?? null) === null
      ? { ...value, params: new PlainMap() }
      : value;
  return shape(complete, from, to, translation);
};

/** A kind that was named after an adapter: its spec is the params. */
export function legacyHandler(kind: string): Shape {
  const { adapter = kind, params = undefined } = known(kind) ?? {};
  return (value, from, to, translation) => {
    translation.paths.record([...to, 'adapter'], ['kind']);
    translation.paths.record([...to, 'params'], from);
    const translated = params?.(value, from, [...to, 'params'], translation) ?? value;
    return { adapter, params: translated, exportTo: ['*'] };
  };
}

function adapterOf(spec: unknown): unknown {
  return written(spec, 'adapter') ?? written(spec, 'compiledAdapter');
}
