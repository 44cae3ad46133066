import type { ClientInfo } from '../messages.ts';
import type { FieldReader } from './field-reader.ts';
import type { FieldWriter } from './field-writer.ts';

/** krater.mixer.v1.Client, which stands in every request of our own client. */
export function writeClient(writer: FieldWriter, field: number, { id }: ClientInfo): void {
  const message = writer.begin(field);
  writer.text(1, id);
  writer.end(message);
}

/** Bytes of what is the same for a retry; a Mixer remembers it for a while. */
export const longestRetryId = 1_024;

/** Characters of a client's name. */
const longestId = 128;

export function readClient(reader: FieldReader): ClientInfo {
  let id = '';
  while (reader.next()) {
    if (reader.field === 1) id = reader.text('id');
    else reader.skip();
  }
  if (id === '' || id.length > longestId)
    throw reader.fault('id', `is no name of 1 to ${longestId} characters`);
  return { id };
}
