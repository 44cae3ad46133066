import { isMap } from '../../value.ts';
import { fields, type Shape, unsupported, written } from '../shape.ts';

const reason = 'roles and their bindings are not read from a store';
const hint = 'write them as roles and bindings into the params of a Handler of krater.dev/v1, adapter: rbac';

const shape = fields(
  { configStoreUrl: unsupported(reason, hint), cacheDuration: ['validity.duration'] },
  { roles: [], bindings: [], validity: { duration: '60s' } },
);

/** There all roles stood in a store; a handler that names none had nowhere to say who may do what. */
export const rbac: Shape = (value, from, to, translation) => {
  if (isMap(value) && (written(value, 'configStoreUrl') ?? null) === null)
    translation.problem(from, { code: 'ISTIO_UNSUPPORTED_KEY', message: `not supported: ${reason}`, hint });
  return shape(value, from, to, translation);
};
