import type { Instance, InstanceShape, ValueType } from '@krater/mixer';
import { type Level, masked, type PlainValue, plainValue } from '@krater/mixer/telemetry';
import type { logentry } from '@krater/templates';
import type { AnyValue } from '@opentelemetry/api';

export type LogInstance = Instance<typeof logentry>;
type Types = { readonly [name: string]: ValueType };
type Attributes = { [name: string]: AnyValue };

/** One log entry, before it is written in either format. Times are in microseconds. */
export interface LogRecord {
  readonly name: string;
  readonly time: number;
  readonly observed: number;
  readonly level: Level;
  readonly severity: string;
  readonly attributes: Attributes;
  /** About how many bytes it takes. */
  readonly weight: number;
}

/** What an entry takes besides its attributes, and an attribute besides its texts; about. */
const entryWeight = 128;
const attributeWeight = 16;

/** Makes log records of one instance: its variables are the attributes. `now` is in microseconds. */
export function logRecordWriter(
  { name, types }: InstanceShape,
  isMasked: (name: string) => boolean,
): (instance: LogInstance, level: Level, now: number) => LogRecord {
  const variableTypes = (types['variables'] ?? {}) as Types;
  const dimensionTypes = (types['monitored_resource_dimensions'] ?? {}) as Types;
  return (instance, level, now) => {
    const attributes: Attributes = Object.create(null);
    let weight = entryWeight;
    const put = (prefix: string, values: LogInstance['variables'], types: Types) => {
      for (const [key, value] of Object.entries(values ?? {})) {
        const shown = isMasked(key) ? masked : plainValue(value, types[key], isMasked);
        if (shown === null) continue;
        attributes[prefix + key.toWellFormed()] = anyValue(shown);
        weight += attributeWeight + prefix.length + key.length + lengthOf(shown);
      }
    };
    const resourceType = instance.monitored_resource_type;
    if (resourceType !== undefined) put('', { 'monitored_resource.type': resourceType }, {});
    put('monitored_resource.', instance.monitored_resource_dimensions, dimensionTypes);
    put('', instance.variables, variableTypes);
    const { timestamp = now, severity = '' } = instance;
    return {
      name,
      time: timestamp >= 0 && timestamp < latest ? timestamp : now,
      observed: now,
      level,
      severity: plainValue(severity, 'STRING') as string,
      attributes,
      weight,
    };
  };
}

/** Nanoseconds are unsigned integers of 64 bits. */
const latest = 2 ** 64 / 1e3;

/** Integers beyond the safe ones are texts, because JavaScript's OpenTelemetry knows no larger ones. */
function anyValue(value: NonNullable<PlainValue>): AnyValue {
  if (typeof value === 'bigint') return String(value);
  return value as AnyValue;
}

function lengthOf(value: NonNullable<PlainValue>): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object') return 8;
  return Object.entries(value).reduce(
    (sum, [key, text]) => sum + attributeWeight + key.length + text.length,
    0,
  );
}
