import { bool, fields, int64, oneOf, type Shape, written } from '../shape.ts';

const types = {
  STRINGS: 'strings',
  CASE_INSENSITIVE_STRINGS: 'case-insensitive',
  IP_ADDRESSES: 'cidr',
  REGEX: 'regex',
};

/** There a fetched list of addresses was YAML, under the key `whitelist`. */
const url =
  (type: unknown): Shape =>
  (value, from, _to, translation) => {
    if (type === 'IP_ADDRESSES' || type === 2) {
      const message = 'a list of addresses is read as one entry a line, no longer as YAML';
      const hint = 'let the url answer with one address or range a line';
      translation.problem(from, { code: 'ISTIO_LIST_FORMAT', message, hint, severity: 'warning' });
    }
    return value;
  };

/** A white list unless it says otherwise. */
export const listchecker: Shape = (value, from, to, translation) =>
  fields(
    {
      providerUrl: ['url', url(written(value, 'entryType'))],
      refreshInterval: ['refresh'],
      ttl: ['expiry'],
      cachingInterval: ['validity.duration'],
      cachingUseCount: ['validity.uses', int64],
      overrides: ['entries'],
      entryType: ['type', oneOf(types)],
      blacklist: ['mode', bool('deny', 'allow')],
    },
    { mode: 'allow' },
  )(value, from, to, translation);
