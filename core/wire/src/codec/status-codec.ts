import { type Status, statusCodeByNumber, statusCodes } from '@krater/mixer';
import type { FieldReader } from './field-reader.ts';
import type { FieldWriter } from './field-writer.ts';

/** google.rpc.Status: code = 1, message = 2. */
export function writeStatus(writer: FieldWriter, field: number, { code, message }: Status): void {
  const status = writer.begin(field);
  if (code !== 'OK') writer.uint32(1, statusCodes[code].number);
  if (message !== '') writer.text(2, message);
  writer.end(status);
}

export function readStatus(reader: FieldReader): Status {
  let number = 0;
  let message = '';
  while (reader.next()) {
    if (reader.field === 1) number = reader.uint32('code');
    else if (reader.field === 2) message = reader.text('message');
    else reader.skip();
  }
  return { code: statusCodeByNumber(number) ?? 'UNKNOWN', message };
}
