import type { Instance, InstanceShape, ValueType } from '@krater/mixer';
import { type Level, masked, type PlainValue, plainValue } from '@krater/mixer/telemetry';
import type { logentry } from '@krater/templates';
import { type Encoder, ExtData } from '@msgpack/msgpack';

export type LogInstance = Instance<typeof logentry>;

/** One event, as the forward protocol packs it: `[time, record]`. */
export interface Entry {
  readonly tag: string;
  readonly bytes: Uint8Array;
}

type Types = { readonly [name: string]: ValueType };

/** Makes entries of one instance. `now` is in microseconds, for instances without a timestamp. */
export type EntryWriter = (instance: LogInstance, level: Level, now: number) => Entry;

/**
 * A writer of entries `{level, instance, …variables, resource?}`; a variable with the name of one of these takes its
 * place. Durations are seconds, timestamps RFC 3339.
 */
export function entryWriter(
  { name, types }: InstanceShape,
  tag: string,
  isMasked: (name: string) => boolean,
  encoder: Encoder,
): EntryWriter {
  const variableTypes = (types['variables'] ?? {}) as Types;
  const dimensionTypes = (types['monitored_resource_dimensions'] ?? {}) as Types;
  const hasResource = 'monitored_resource_type' in types || 'monitored_resource_dimensions' in types;
  const plain = (values: LogInstance['variables'], types: Types): Record<string, PlainValue> => {
    const record: Record<string, PlainValue> = Object.create(null);
    for (const [key, value] of Object.entries(values ?? {}))
      record[key.toWellFormed()] = isMasked(key) ? masked : plainValue(value, types[key], isMasked);
    return record;
  };
  return (instance, level, now) => {
    const resource = hasResource && {
      ...(instance.monitored_resource_type !== undefined && {
        type: plainValue(instance.monitored_resource_type, 'STRING'),
      }),
      ...plain(instance.monitored_resource_dimensions, dimensionTypes),
    };
    const record = Object.assign(
      Object.create(null),
      { level, instance: name },
      resource && { resource },
      plain(instance.variables, variableTypes),
    );
    const event = [timeOf(instance.timestamp ?? now, now), record];
    // A copy into Node's pool is several times cheaper than one with a buffer of its own.
    return { tag, bytes: Buffer.from(encoder.encodeSharedRef(event)) };
  };
}

/** EventTime (extension 0: seconds and nanoseconds of 32 bits each); whole seconds where it does not reach. */
function timeOf(microseconds: number, now: number): ExtData | number {
  const moment = Number.isFinite(microseconds) ? microseconds : now;
  const seconds = Math.floor(moment / 1e6);
  if (seconds < 0 || seconds > 0xffff_ffff) return seconds;
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32BE(seconds, 0);
  bytes.writeUInt32BE(Math.floor(moment - seconds * 1e6) * 1_000, 4);
  return new ExtData(0, bytes);
}
