import type { Instance, InstanceShape, ValueType } from '@krater/mixer';
import type { logentry } from '@krater/templates';
import type { Config } from './config.ts';
import { masked } from './masking.ts';
import { momentText } from './moment.ts';
import type { Level } from './severity.ts';
import { prefixed, type ValueWriter, valueWriter } from './value-text.ts';

export type LogInstance = Instance<typeof logentry>;

/** Writes one entry as a line, with its end. `now` is in microseconds, for instances without a timestamp. */
export type LineWriter = (instance: LogInstance, level: Level, now: number) => string;

/** One field of a line: the variable it shows, what stands in front of its value, and how that is written. */
interface Field {
  readonly variable: string;
  readonly prefix: string;
  readonly write: ValueWriter;
}

export interface LineOptions {
  readonly durations: Config['durations'];
  readonly isMasked: (name: string) => boolean;
  /** Which variables, in which order; all of them if left out. */
  readonly fields: readonly string[] | undefined;
}

/**
 * A writer of JSON lines for one instance: `{"time", "level", "instance", …variables, "resource"?}`. A variable with the
 * name of one of these takes its place.
 *
 * Hot path: at most a microsecond a line (spec/bench/logging.ts), so all that the shape of the instance tells is worked
 * out before the first one.
 */
export function jsonLineWriter(shape: InstanceShape, options: LineOptions): LineWriter {
  const fields = fieldsOf(shape, options, name => `,${JSON.stringify(name)}:`);
  const writers = fields.map(({ variable, prefix, write }) => ({ variable, write: prefixed(prefix, write) }));
  const own = new Set(fields.map(({ variable }) => variable));
  const heads = Object.fromEntries(
    (['debug', 'info', 'warn', 'error'] as const).map(level => {
      const level_ = own.has('level') ? '' : `,"level":"${level}"`;
      const instance = own.has('instance') ? '' : `,"instance":${JSON.stringify(shape.name)}`;
      return [level, `${level_}${instance}`];
    }),
  ) as Record<Level, string>;
  const withTime = !own.has('time');
  const withResource = !own.has('resource') && hasResource(shape);
  const writeResource = valueWriter('STRING_MAP', options.durations, options.isMasked);
  return (instance, level, now) => {
    let line = heads[level];
    if (withTime) line = `,"time":"${momentText(instance.timestamp ?? now) ?? momentText(now)}"${line}`;
    const { variables } = instance;
    if (variables !== undefined) {
      for (const { variable, write } of writers) line += write(variables[variable]);
    }
    if (withResource) line += `,"resource":${writeResource(resourceOf(instance))}`;
    return `{${line.slice(1)}}\n`;
  };
}

/** A writer of lines for people: `2030-01-01T00:00:00.000000Z warn accesslog method=GET path="/a b"`. */
export function textLineWriter(shape: InstanceShape, options: LineOptions): LineWriter {
  const fields = fieldsOf(shape, options, name => ` ${word(JSON.stringify(name))}=`);
  const writeResource = valueWriter('STRING_MAP', options.durations, options.isMasked);
  const name = word(JSON.stringify(shape.name));
  return (instance, level, now) => {
    let line = `${momentText(instance.timestamp ?? now) ?? momentText(now)} ${level} ${name}`;
    const { variables } = instance;
    if (variables !== undefined) {
      for (const { variable, prefix, write } of fields) line += prefix + word(write(variables[variable]));
    }
    if (hasResource(shape)) line += ` resource=${word(writeResource(resourceOf(instance)))}`;
    return `${line}\n`;
  };
}

function fieldsOf(
  shape: InstanceShape,
  { fields, isMasked, durations }: LineOptions,
  prefix: (name: string) => string,
): Field[] {
  const types = (shape.types['variables'] ?? {}) as { readonly [variable: string]: ValueType };
  return (fields ?? Object.keys(types)).map(variable => ({
    variable,
    prefix: prefix(variable),
    write: isMasked(variable) ? () => `"${masked}"` : valueWriter(types[variable], durations, isMasked),
  }));
}

function hasResource({ types }: InstanceShape): boolean {
  return (
    types['monitored_resource_type'] !== undefined || types['monitored_resource_dimensions'] !== undefined
  );
}

function resourceOf({
  monitored_resource_type: type,
  monitored_resource_dimensions: dimensions,
}: LogInstance) {
  return { ...(type !== undefined && { type }), ...dimensions };
}

/** A JSON text without quotes where they are not needed, and without the control characters that JSON lets pass. */
function word(json: string): string {
  if (/^"[\w.:/@+,*-]+"$/.test(json)) return json.slice(1, -1);
  return json.replace(
    /[\u007f-\u009f\u2028\u2029]/g,
    unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
