import type { valueTypes } from '../value.ts';
import { fields, noEffect, oneOf, record, type Shape } from './shape.ts';

/** In the order of their numbers there, from 1; the last two changed places. */
const numbered = [
  'STRING',
  'INT64',
  'DOUBLE',
  'BOOL',
  'TIMESTAMP',
  'IP_ADDRESS',
  'EMAIL_ADDRESS',
  'URI',
  'DNS_NAME',
  'DURATION',
  'STRING_MAP',
] as const satisfies readonly (typeof valueTypes)[number][];

const valueType = oneOf(Object.fromEntries(numbered.map(type => [type, type])), 1);

/** `attributemanifest`: attributes and their types. */
export const attributeManifest: Shape = fields({
  name: noEffect('a manifest is called what its metadata.name says'),
  revision: noEffect('the newest file is the one that holds'),
  attributes: [
    'attributes',
    record(fields({ description: ['description'], valueType: ['type', valueType] }, {}, ['valueType'])),
  ],
});
