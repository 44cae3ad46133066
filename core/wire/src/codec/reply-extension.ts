import {
  type Charge,
  dimensionsKey,
  PlainMap,
  type QuotaStanding,
  type Reference,
  type Vocabulary,
} from '@krater/mixer';
import type { CheckReply, ReplyExtension } from '../messages.ts';
import type { FieldReader } from './field-reader.ts';
import type { FieldWriter } from './field-writer.ts';
import { isOfMap } from './reference-codec.ts';
import { readMilliseconds, writeMilliseconds } from './times.ts';

/** Entries of one list. */
const most = 10_000;

/** What of the extension is no part of {@link ReplyExtension}: it completes fields of the original's. */
export interface Completion {
  /** References to whole maps and to the presence of maps. */
  readonly references: Reference[];
  readonly directHeaders: Record<string, string>;
  /** Of quotas that were asked for, by name. */
  readonly standings: Record<string, QuotaStanding>;
}

/** krater.mixer.v1.CheckExtension. */
export function writeExtension(
  writer: FieldWriter,
  field: number,
  { krater, references, directResponse, quotas }: CheckReply & { readonly krater: ReplyExtension },
  vocabulary: Vocabulary,
): void {
  const message = writer.begin(field);
  writer.text(1, krater.decision);
  writer.text(2, krater.node);
  writer.text(3, krater.snapshot);
  for (const { handler, epoch } of krater.epochs) {
    const entry = writer.begin(4);
    writer.text(1, handler);
    writer.int64(2, epoch);
    writer.end(entry);
  }
  for (const charge of krater.charges) writeCharge(writer, charge);
  for (const reference of references) {
    if (!isOfMap(reference, vocabulary)) continue;
    const entry = writer.begin(6);
    writer.text(1, reference.name);
    writer.bool(2, reference.whole === true);
    writer.bool(3, reference.present);
    writer.end(entry);
  }
  if (krater.standing !== undefined) writeStanding(writer, 7, krater.standing);
  if (krater.retryAfter !== undefined) writeMilliseconds(writer, 8, krater.retryAfter);
  const headers = directResponse?.headers ?? {};
  for (const name of Object.keys(headers)) {
    const entry = writer.begin(9);
    writer.text(1, name);
    writer.text(2, headers[name] as string);
    writer.end(entry);
  }
  for (const name of Object.keys(quotas)) {
    const standing = quotas[name]?.standing;
    if (standing === undefined) continue;
    const entry = writer.begin(10);
    writer.text(1, name);
    writeStanding(writer, 2, standing);
    writer.end(entry);
  }
  writer.end(message);
}

export function readExtension(reader: FieldReader, completion: Completion): ReplyExtension {
  const texts = { decision: '', node: '', snapshot: '' };
  const epochs: { handler: string; epoch: number }[] = [];
  const charges: Charge[] = [];
  const optional: { standing?: QuotaStanding; retryAfter?: number } = {};
  let entries = 0;
  while (reader.next()) {
    if (reader.type === 2 && ++entries > most) throw reader.fault('', `has more than ${most} entries`);
    switch (reader.field) {
      case 1:
        texts.decision = reader.text('decision');
        break;
      case 2:
        texts.node = reader.text('node');
        break;
      case 3:
        texts.snapshot = reader.text('snapshot');
        break;
      case 4:
        epochs.push(readEpoch(reader.message('epochs[]')));
        break;
      case 5:
        charges.push(readCharge(reader.message('charges[]')));
        break;
      case 6:
        completion.references.push(readMapReference(reader.message('maps[]')));
        break;
      case 7:
        optional.standing = readStanding(reader.message('standing'));
        break;
      case 8:
        optional.retryAfter = readMilliseconds(reader.message('retry_after'));
        break;
      case 9:
        readEntry(reader.message('direct_headers[]'), (entry, name) => {
          completion.directHeaders[name] = entry.text('value');
        });
        break;
      case 10:
        readEntry(reader.message('quota_standings[]'), (entry, name) => {
          completion.standings[name] = readStanding(entry.message('value'));
        });
        break;
      default:
        reader.skip();
    }
  }
  return { ...texts, epochs, charges, ...optional };
}

export function readEpoch(reader: FieldReader): { handler: string; epoch: number } {
  let handler = '';
  let epoch = 0;
  while (reader.next()) {
    if (reader.field === 1) handler = reader.text('handler');
    else if (reader.field === 2) epoch = Number(reader.int64('epoch'));
    else reader.skip();
  }
  return { handler, epoch };
}

function writeCharge(
  writer: FieldWriter,
  { quota, handler, amount, dimensions, onError, lease }: Charge,
): void {
  const message = writer.begin(5);
  writer.text(1, quota);
  writer.text(2, handler);
  writer.int64(3, Math.trunc(amount));
  writer.text(4, dimensionsKey(dimensions));
  if (onError === 'deny') writer.bool(5, true);
  if (lease !== undefined) {
    writer.int64(6, Math.trunc(lease.amount));
    writeMilliseconds(writer, 7, lease.duration);
  }
  writer.end(message);
}

function readCharge(reader: FieldReader): Charge {
  let [quota, handler, dimensions] = ['', '', '{}'];
  let [amount, leased, duration] = [0, 0, 0];
  let deny = false;
  while (reader.next()) {
    if (reader.field === 1) quota = reader.text('quota');
    else if (reader.field === 2) handler = reader.text('handler');
    else if (reader.field === 3) amount = Number(reader.int64('amount'));
    else if (reader.field === 4) dimensions = reader.text('dimensions');
    else if (reader.field === 5) deny = reader.bool('deny_on_error');
    else if (reader.field === 6) leased = Number(reader.int64('lease_amount'));
    else if (reader.field === 7) duration = readMilliseconds(reader.message('lease_duration'));
    else reader.skip();
  }
  return {
    ...{ quota, handler, amount },
    dimensions: parseDimensions(reader, dimensions),
    onError: deny ? 'deny' : 'allow',
    ...(leased > 0 && { lease: { amount: leased, duration } }),
  };
}

function parseDimensions(reader: FieldReader, text: string): Charge['dimensions'] {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed))
      return parsed as Charge['dimensions'];
  } catch {
    // Told below.
  }
  throw reader.fault('dimensions', 'is no object of JSON');
}

function readMapReference(reader: FieldReader): Reference {
  let name = '';
  let whole = false;
  let present = false;
  while (reader.next()) {
    if (reader.field === 1) name = reader.text('name');
    else if (reader.field === 2) whole = reader.bool('whole');
    else if (reader.field === 3) present = reader.bool('present');
    else reader.skip();
  }
  return whole ? { name, present, whole } : { name, present };
}

function writeStanding(
  writer: FieldWriter,
  field: number,
  { limit, remaining, resetAfter }: QuotaStanding,
): void {
  const message = writer.begin(field);
  writer.int64(1, Math.trunc(limit));
  writer.int64(2, Math.trunc(remaining));
  writeMilliseconds(writer, 3, resetAfter);
  writer.end(message);
}

function readStanding(reader: FieldReader): QuotaStanding {
  const standing = { limit: 0, remaining: 0, resetAfter: 0 };
  while (reader.next()) {
    if (reader.field === 1) standing.limit = Number(reader.int64('limit'));
    else if (reader.field === 2) standing.remaining = Number(reader.int64('remaining'));
    else if (reader.field === 3) standing.resetAfter = readMilliseconds(reader.message('reset_after'));
    else reader.skip();
  }
  return standing;
}

/** An entry of a map from texts: its key may stand behind its value. */
export function readEntry(reader: FieldReader, take: (reader: FieldReader, key: string) => void): void {
  let key = '';
  while (reader.next()) {
    if (reader.field === 1) key = reader.text('key');
    else reader.skip();
  }
  reader.rewind();
  while (reader.next()) {
    if (reader.field === 2) take(reader, key);
    else reader.skip();
  }
}

export function emptyCompletion(): Completion {
  return { references: [], directHeaders: new PlainMap(), standings: new PlainMap() };
}
