import type { Bag, Vocabulary } from '@krater/mixer';
import type { ClientInfo, Losses, ReportRequest } from '../messages.ts';
import { attributeDecoder } from './attribute-decoder.ts';
import { longestRetryId, readClient } from './client-info.ts';
import { FieldReader } from './field-reader.ts';
import { checkGlobalWords } from './global-word-count.ts';
import { mostDefaultWords, readWords } from './word-decoder.ts';

/** Records in one request. */
export const mostRecords = 10_000;
/** ReportRequest.RepeatedAttributesSemantics. */
const delta = 0;
const independent = 1;

/** @throws KraterError WIRE_BAD_MESSAGE, WIRE_UNKNOWN_DICTIONARY */
export function decodeReportRequest(buffer: Buffer, vocabulary: Vocabulary): ReportRequest {
  const reader = new FieldReader(buffer);
  const records: FieldReader[] = [];
  const words = readWords(reader, 2, 'default_words[]', mostDefaultWords) ?? [];
  let known = 0;
  let semantics = delta;
  let client: ClientInfo | undefined;
  let batchId = '';
  let losses: Losses = { records: 0 };
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        if (records.length >= mostRecords)
          throw reader.fault('attributes[]', `has more than ${mostRecords} records`);
        records.push(reader.message('attributes[]'));
        break;
      case 3:
        known = reader.uint32('global_word_count');
        break;
      case 4:
        semantics = reader.uint32('repeated_attributes_semantics');
        if (semantics !== delta && semantics !== independent)
          throw reader.fault(
            'repeated_attributes_semantics',
            `is ${semantics}, which is neither DELTA_ENCODING nor INDEPENDENT_ENCODING`,
          );
        break;
      case 100:
        client = readClient(reader.message('client'));
        break;
      case 101:
        batchId = reader.text('batch_id', longestRetryId);
        break;
      case 102:
        losses = readLosses(reader.message('losses'));
        break;
      default:
        reader.skip();
    }
  }
  checkGlobalWords(known);
  const decoder = attributeDecoder(vocabulary);
  const bags: Bag[] = [];
  for (const record of records) {
    const before = semantics === delta ? bags.at(-1) : undefined;
    bags.push(decoder.decode(record, words, before));
  }
  return { bags, client, batchId, losses };
}

function readLosses(reader: FieldReader): Losses {
  let records = 0;
  while (reader.next()) {
    if (reader.field === 1) records = Number(reader.int64('records'));
    else reader.skip();
  }
  return { records: Number.isSafeInteger(records) && records > 0 ? records : 0 };
}
