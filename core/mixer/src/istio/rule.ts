import type { Wanted } from './names.ts';
import { fields, list, oneOf, type Shape, unsupported } from './shape.ts';

const referenceTo =
  (wanted: Wanted): Shape =>
  (value, _from, _to, { names, namespace }) =>
    typeof value === 'string' ? names.reference(value, wanted, namespace) : value;

/** There an empty match meant always; here that is written `true`. */
const match: Shape = value => (typeof value === 'string' && value.trim() === '' ? true : value);

const headerOperations = list(
  fields({
    name: ['name'],
    values: ['values'],
    operation: ['operation', oneOf({ REPLACE: 'replace', REMOVE: 'remove', APPEND: 'append' })],
  }),
);

/** `rule`: a match, actions that name handlers and instances, header operations. */
export const rule: Shape = fields(
  {
    match: ['match', match],
    actions: [
      'actions',
      list(
        fields({
          name: ['name'],
          handler: ['handler', referenceTo('handler')],
          instances: ['instances', list(referenceTo('instance'))],
        }),
      ),
    ],
    requestHeaderOperations: ['requestHeaderOperations', headerOperations],
    responseHeaderOperations: ['responseHeaderOperations', headerOperations],
    sampling: unsupported('sampling was declared there and never done', 'remove it'),
  },
  { match: true },
);
