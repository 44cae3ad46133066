import type { Instance, InstanceShape, ValueType } from '@krater/mixer';
import { type Level, levels, masked } from '@krater/mixer/telemetry';
import type { logentry } from '@krater/templates';
import type { Config } from './config.ts';
import { Field } from './field.ts';
import { momentText } from './moment.ts';
import { type ValueWriter, valueWriter } from './value-text.ts';

export type LogInstance = Instance<typeof logentry>;

/** Writes one entry as a line, with its end. `now` is in microseconds, for instances without a timestamp. */
export type LineWriter = (instance: LogInstance, level: Level, now: number) => string;

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
  const shown = shownOf(shape, options);
  const own = new Set(shown.map(({ variable }) => variable));
  const withTime = !own.has('time');
  const headOf = (level: Level) => {
    const record = { level, instance: shape.name };
    const head = JSON.stringify(
      record,
      ['level', 'instance'].filter(key => !own.has(key)),
    ).slice(1, -1);
    return withTime ? `"${head && ','}${head}` : head;
  };
  const heads = Object.fromEntries(levels.map(level => [level, headOf(level)])) as Record<Level, string>;
  const fields = shown.map(({ variable, write }, index) => {
    const comma = index > 0 || heads.info !== '' ? ',' : '';
    return new Field(variable, `${comma}${JSON.stringify(variable)}:`, write);
  });
  const inOrder = Object.keys(shape.types['variables'] ?? {}).length <= mostInOrder;
  const withResource = !own.has('resource') && hasResource(shape);
  const writeResource = valueWriter('STRING_MAP', options.durations, options.isMasked);
  return (instance, level, now) => {
    let line = withTime ? `{"time":"${momentText(instance.timestamp ?? now) ?? momentText(now)}` : '{';
    line += heads[level] + fieldsJson(fields, instance.variables ?? {}, inOrder);
    if (withResource) line += `,"resource":${writeResource(resourceOf(instance))}`;
    return `${line}}\n`;
  };
}

/** To read up to so many variables as they come is several times faster than to look them up; larger objects are hash tables. */
const mostInOrder = 16;

/** Reads the variables as they come where that is fast, mostly in the order of the fields, and looks up the rest. */
function fieldsJson(
  fields: readonly Field[],
  variables: { readonly [name: string]: unknown },
  inOrder: boolean,
): string {
  let json = '';
  let index = 0;
  if (inOrder) {
    for (const name in variables) {
      const field = fields[index];
      if (field?.variable !== name) continue;
      json += field.json(variables[name]);
      index++;
    }
  }
  for (; index < fields.length; index++) {
    const field = fields[index] as Field;
    json += field.json(variables[field.variable]);
  }
  return json;
}

/** A writer of lines for people: `2030-01-01T00:00:00.000000Z warn accesslog method=GET path="/a b"`. */
export function textLineWriter(shape: InstanceShape, options: LineOptions): LineWriter {
  const fields = shownOf(shape, options).map(({ variable, write }) => ({
    variable,
    prefix: ` ${word(JSON.stringify(variable))}=`,
    write,
  }));
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

/** The variables that a line shows, and how their values are written. */
function shownOf(
  shape: InstanceShape,
  { fields, isMasked, durations }: LineOptions,
): { readonly variable: string; readonly write: ValueWriter }[] {
  const types = (shape.types['variables'] ?? {}) as { readonly [variable: string]: ValueType };
  return (fields ?? Object.keys(types)).map(variable => ({
    variable,
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
