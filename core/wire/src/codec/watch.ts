import type { FailureClause, HandlerEpoch } from '@krater/mixer';
import type { ClientInfo, WatchUpdate } from '../messages.ts';
import { readClient, writeClient } from './client-info.ts';
import { FieldReader } from './field-reader.ts';
import { FieldWriter } from './field-writer.ts';
import { readEpoch } from './reply-extension.ts';

/** Handlers, and clauses, in one message. */
const most = 100_000;

/** krater.mixer.v1.WatchRequest. */
export function encodeWatchRequest({ client }: { readonly client: ClientInfo }): Buffer {
  const writer = new FieldWriter();
  writeClient(writer, 1, client);
  return writer.finish();
}

/** @throws KraterError WIRE_BAD_MESSAGE */
export function decodeWatchRequest(buffer: Buffer): ClientInfo | undefined {
  const reader = new FieldReader(buffer);
  let client: ClientInfo | undefined;
  while (reader.next()) {
    if (reader.field === 1) client = readClient(reader.message('client'));
    else reader.skip();
  }
  return client;
}

/** krater.mixer.v1.WatchUpdate. */
export function encodeWatchUpdate(update: WatchUpdate): Buffer {
  const writer = new FieldWriter();
  writer.text(1, update.node);
  writer.text(2, update.snapshot);
  writer.int64(3, update.generation);
  for (const { handler, epoch } of update.epochs) {
    const entry = writer.begin(4);
    writer.text(1, handler);
    writer.int64(2, epoch);
    writer.end(entry);
  }
  if (update.failureTable !== undefined) {
    const table = writer.begin(5);
    for (const clause of update.failureTable) writeClause(writer, clause);
    writer.end(table);
  }
  if (update.draining) writer.bool(6, true);
  return writer.finish();
}

/** @throws KraterError WIRE_BAD_MESSAGE */
export function decodeWatchUpdate(buffer: Buffer): WatchUpdate {
  const reader = new FieldReader(buffer);
  const epochs: HandlerEpoch[] = [];
  const update = { node: '', snapshot: '', generation: 0, draining: false };
  let failureTable: FailureClause[] | undefined;
  while (reader.next()) {
    if (reader.field === 1) update.node = reader.text('node');
    else if (reader.field === 2) update.snapshot = reader.text('snapshot');
    else if (reader.field === 3) update.generation = Number(reader.int64('generation'));
    else if (reader.field === 4) {
      if (epochs.length >= most) throw reader.fault('epochs[]', `has more than ${most} entries`);
      epochs.push(readEpoch(reader.message('epochs[]')));
    } else if (reader.field === 5) failureTable = readTable(reader.message('failure_table'));
    else if (reader.field === 6) update.draining = reader.bool('draining');
    else reader.skip();
  }
  return { ...update, epochs, ...(failureTable && { failureTable }) };
}

function writeClause(writer: FieldWriter, { namespace, attribute, value }: FailureClause): void {
  const clause = writer.begin(1);
  if (namespace !== undefined) writer.text(1, namespace);
  if (attribute !== undefined) writer.text(2, attribute);
  if (value !== undefined) writer.text(3, String(value));
  writer.end(clause);
}

function readTable(reader: FieldReader): FailureClause[] {
  const clauses: FailureClause[] = [];
  while (reader.next()) {
    if (reader.field !== 1) {
      reader.skip();
      continue;
    }
    // A table that were cut off would allow what a rule denies.
    if (clauses.length >= most) throw reader.fault('clauses[]', `has more than ${most} entries`);
    const message = reader.message('clauses[]');
    const clause: { namespace?: string; attribute?: string; value?: string } = {};
    while (message.next()) {
      if (message.field === 1) clause.namespace = message.text('namespace');
      else if (message.field === 2) clause.attribute = message.text('attribute');
      else if (message.field === 3) clause.value = message.text('value');
      else message.skip();
    }
    clauses.push(clause);
  }
  return clauses;
}
