import { PlainMap } from '../value.ts';
import { camelCased, type Field, type FieldTable } from './shape.ts';

const monitoredResource = ['monitored_resource_type', 'monitored_resource_dimensions'];

/** Fields of more than one word, as our templates spell them; in the original's documents they are spelt either way. */
const fieldsByTemplate: { readonly [template: string]: readonly string[] } = {
  metric: monitoredResource,
  logentry: monitoredResource,
  tracespan: [
    'trace_id',
    'span_id',
    'parent_span_id',
    'span_name',
    'start_time',
    'end_time',
    'span_tags',
    'httpStatusCode',
    'client_span',
    'rewrite_client_span_id',
    'source_name',
    'source_ip',
    'destination_name',
    'destination_ip',
    'request_size',
    'request_total_size',
    'response_size',
    'response_total_size',
    'api_protocol',
  ],
};

/** The fields of a template that have two spellings there and one here. */
export function respeltFields(template: unknown): FieldTable {
  const names =
    typeof template === 'string' && Object.hasOwn(fieldsByTemplate, template)
      ? fieldsByTemplate[template]
      : [];
  const table: Record<string, Field> = new PlainMap();
  for (const name of names ?? []) table[camelCased(name)] = [name];
  return table;
}
