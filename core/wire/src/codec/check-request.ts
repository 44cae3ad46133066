import { Bag, type LeaseAsk, PlainMap, type Vocabulary } from '@krater/mixer';
import type { AskedQuotas, CheckRequest, ClientInfo } from '../messages.ts';
import { attributeDecoder } from './attribute-decoder.ts';
import { writeAttributes } from './attribute-encoder.ts';
import { longestRetryId, readClient, writeClient } from './client-info.ts';
import { FieldReader } from './field-reader.ts';
import { FieldWriter } from './field-writer.ts';
import { checkGlobalWords } from './global-word-count.ts';
import { WordEncoder } from './word-encoder.ts';

/** Quotas, and leases, in one request. */
const mostQuotas = 100;

const shared = new FieldWriter();

/** istio.mixer.v1.CheckRequest. */
export function encodeCheckRequest(request: CheckRequest): Buffer {
  const writer = shared;
  writer.clear();
  const attributes = writer.begin(1);
  const words = new WordEncoder(request.globalWords);
  writeAttributes(writer, words, request.bag);
  for (const word of words.words) writer.text(1, word);
  writer.end(attributes);
  writer.uint32(2, request.globalWords);
  if (request.dedupId !== '') writer.text(3, request.dedupId);
  for (const name of Object.keys(request.quotas))
    writeQuota(writer, name, request.quotas[name] as AskedQuotas[string]);
  if (request.client !== undefined) writeClient(writer, 100, request.client);
  for (const lease of request.leases) writeLease(writer, lease);
  if (request.refill) writer.bool(102, true);
  return writer.finish();
}

/** @throws KraterError WIRE_BAD_MESSAGE, WIRE_UNKNOWN_DICTIONARY */
export function decodeCheckRequest(buffer: Buffer, vocabulary: Vocabulary): CheckRequest {
  const reader = new FieldReader(buffer);
  const quotas: Record<string, AskedQuotas[string]> = new PlainMap();
  const leases: LeaseAsk[] = [];
  let attributes: FieldReader | undefined;
  let known = 0;
  let dedupId = '';
  let asked = 0;
  let client: ClientInfo | undefined;
  let refill = false;
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        if (attributes !== undefined) throw reader.fault('attributes', 'is there twice');
        attributes = reader.message('attributes');
        break;
      case 2:
        known = reader.uint32('global_word_count');
        break;
      case 3:
        dedupId = reader.text('deduplication_id', longestRetryId);
        break;
      case 4:
        if (++asked > mostQuotas) throw reader.fault('quotas[]', `has more than ${mostQuotas} entries`);
        readQuota(reader.message('quotas[]'), quotas);
        break;
      case 100:
        client = readClient(reader.message('client'));
        break;
      case 101:
        if (leases.length >= mostQuotas)
          throw reader.fault('leases[]', `has more than ${mostQuotas} entries`);
        leases.push(readLease(reader.message('leases[]')));
        break;
      case 102:
        refill = reader.bool('refill');
        break;
      default:
        reader.skip();
    }
  }
  checkGlobalWords(known);
  const bag =
    attributes === undefined ? new Bag(vocabulary) : attributeDecoder(vocabulary).decode(attributes, []);
  return { bag, quotas, dedupId, globalWords: known, client, leases, refill };
}

function writeQuota(writer: FieldWriter, name: string, { amount, bestEffort }: AskedQuotas[string]): void {
  const entry = writer.begin(4);
  writer.text(1, name);
  const params = writer.begin(2);
  writer.int64(1, Math.trunc(amount));
  if (bestEffort) writer.bool(2, true);
  writer.end(params);
  writer.end(entry);
}

function readQuota(reader: FieldReader, quotas: Record<string, AskedQuotas[string]>): void {
  let name = '';
  let amount = 0;
  let bestEffort = false;
  while (reader.next()) {
    if (reader.field === 1) name = reader.text('key');
    else if (reader.field === 2) {
      const params = reader.message('value');
      while (params.next()) {
        if (params.field === 1) amount = Number(params.int64('amount'));
        else if (params.field === 2) bestEffort = params.bool('best_effort');
        else params.skip();
      }
    } else reader.skip();
  }
  quotas[name] = { amount, bestEffort };
}

function writeLease(writer: FieldWriter, { handler, quota, dimensions, amount, holding }: LeaseAsk): void {
  const lease = writer.begin(101);
  writer.text(1, handler);
  writer.text(2, quota);
  writer.text(3, dimensions);
  writer.int64(4, Math.trunc(amount));
  writer.int64(5, Math.trunc(holding));
  writer.end(lease);
}

function readLease(reader: FieldReader): LeaseAsk {
  const lease = { handler: '', quota: '', dimensions: '', amount: 0, holding: 0 };
  while (reader.next()) {
    if (reader.field === 1) lease.handler = reader.text('handler');
    else if (reader.field === 2) lease.quota = reader.text('quota');
    else if (reader.field === 3) lease.dimensions = reader.text('dimensions');
    else if (reader.field === 4) lease.amount = Number(reader.int64('amount'));
    else if (reader.field === 5) lease.holding = Number(reader.int64('holding'));
    else reader.skip();
  }
  return lease;
}
