import { bool, fields, int64, oneOf, type Shape } from '../shape.ts';

const types = {
  STRINGS: 'strings',
  CASE_INSENSITIVE_STRINGS: 'case-insensitive',
  IP_ADDRESSES: 'cidr',
  REGEX: 'regex',
};

/** A white list unless it says otherwise. */
export const listchecker: Shape = fields(
  {
    providerUrl: ['url'],
    refreshInterval: ['refresh'],
    ttl: ['expiry'],
    cachingInterval: ['validity.duration'],
    cachingUseCount: ['validity.uses', int64],
    overrides: ['entries'],
    entryType: ['type', oneOf(types)],
    blacklist: ['mode', bool('deny', 'allow')],
  },
  { mode: 'allow' },
);
