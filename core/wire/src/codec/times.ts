import type { FieldReader } from './field-reader.ts';
import type { FieldWriter } from './field-writer.ts';

/**
 * google.protobuf.Timestamp and Duration (seconds = 1, nanos = 2) as whole microseconds: read truncated, and undefined
 * beyond what a number holds exactly.
 */

export function writeTimestamp(writer: FieldWriter, field: number, microseconds: number): void {
  const seconds = Math.floor(microseconds / 1_000_000);
  write(writer, field, seconds, (microseconds - seconds * 1_000_000) * 1_000);
}

/** Seconds and nanoseconds have the same sign. */
export function writeDuration(writer: FieldWriter, field: number, microseconds: number): void {
  const seconds = Math.trunc(microseconds / 1_000_000);
  write(writer, field, seconds, (microseconds - seconds * 1_000_000) * 1_000);
}

export function readTimestamp(reader: FieldReader): number | undefined {
  return read(reader, nanoseconds => nanoseconds >= 0);
}

export function readDuration(reader: FieldReader): number | undefined {
  return read(
    reader,
    (nanoseconds, seconds) => nanoseconds === 0 || seconds === 0 || nanoseconds > 0 === seconds > 0,
  );
}

/** Milliseconds, for settings of ours; 0 where the duration is beyond all numbers. */
export function readMilliseconds(reader: FieldReader): number {
  return (readDuration(reader) ?? 0) / 1_000;
}

export function writeMilliseconds(writer: FieldWriter, field: number, milliseconds: number): void {
  writeDuration(writer, field, Math.round(milliseconds * 1_000));
}

function read(
  reader: FieldReader,
  isNormal: (nanoseconds: number, seconds: number | bigint) => boolean,
): number | undefined {
  let seconds: number | bigint = 0;
  let nanoseconds = 0;
  while (reader.next()) {
    if (reader.field === 1) seconds = reader.int64('seconds');
    else if (reader.field === 2) nanoseconds = reader.int32('nanos');
    else reader.skip();
  }
  if (Math.abs(nanoseconds) > 999_999_999 || !isNormal(nanoseconds, seconds))
    throw reader.fault('nanos', `is ${nanoseconds}, which is a second or more, or points the other way`);
  const microseconds = Number(seconds) * 1_000_000 + Math.trunc(nanoseconds / 1_000);
  return Number.isSafeInteger(microseconds) ? microseconds : undefined;
}

function write(writer: FieldWriter, field: number, seconds: number, nanoseconds: number): void {
  const message = writer.begin(field);
  if (seconds !== 0) writer.int64(1, seconds);
  if (nanoseconds !== 0) writer.int64(2, nanoseconds);
  writer.end(message);
}
