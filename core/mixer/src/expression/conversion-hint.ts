import type { ValueType } from '../value.ts';

const converters: Readonly<Partial<Record<ValueType, string>>> = {
  IP_ADDRESS: 'ip("10.0.0.1")',
  TIMESTAMP: 'timestamp("2015-01-02T15:04:35Z")',
  DNS_NAME: 'dnsName("example.com")',
  EMAIL_ADDRESS: 'email("name@example.com")',
  URI: 'uri("http://example.com")',
  DURATION: 'duration("20ms")',
};

/** What to type where one type was found and another is wanted; undefined where no one function leads there. */
export function conversionHint(found: ValueType, wanted: ValueType): string | undefined {
  if (found === 'STRING' && wanted in converters) return `make one with ${converters[wanted]}`;
  if (found === 'INT64' && wanted === 'DOUBLE') return 'write a DOUBLE with a point: 1.0';
  if (found === 'INT64' && wanted === 'STRING') return 'put it into double quotes';
  return undefined;
}
