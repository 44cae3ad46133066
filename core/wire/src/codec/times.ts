import type { FieldReader } from './field-reader.ts';
import type { FieldWriter } from './field-writer.ts';

/** google.protobuf.Timestamp and Duration: seconds = 1, nanos = 2; here whole microseconds. */

export function writeTimestamp(writer: FieldWriter, field: number, microseconds: number): void {
  const seconds = Math.floor(microseconds / 1_000_000);
  write(writer, field, seconds, (microseconds - seconds * 1_000_000) * 1_000);
}

/** Seconds and nanoseconds have the same sign. */
export function writeDuration(writer: FieldWriter, field: number, microseconds: number): void {
  const seconds = Math.trunc(microseconds / 1_000_000);
  write(writer, field, seconds, (microseconds - seconds * 1_000_000) * 1_000);
}

/** Truncated to microseconds; undefined beyond what a number holds exactly. */
export function readTime(reader: FieldReader): number | undefined {
  let seconds: number | bigint = 0;
  let nanoseconds = 0;
  while (reader.next()) {
    if (reader.field === 1) seconds = reader.int64('seconds');
    else if (reader.field === 2) nanoseconds = Number(reader.int64('nanos'));
    else reader.skip();
  }
  if (Math.abs(nanoseconds) > 999_999_999) throw reader.fault('nanos', 'is a second or more');
  const microseconds = Number(seconds) * 1_000_000 + Math.trunc(nanoseconds / 1_000);
  return Number.isSafeInteger(microseconds) ? microseconds : undefined;
}

function write(writer: FieldWriter, field: number, seconds: number, nanoseconds: number): void {
  const message = writer.begin(field);
  if (seconds !== 0) writer.int64(1, seconds);
  if (nanoseconds !== 0) writer.int64(2, Math.round(nanoseconds));
  writer.end(message);
}
