import { type GrantedQuota, ok, PlainMap, type Reference, type Status, type Vocabulary } from '@krater/mixer';
import type { CheckReply, ReplyExtension } from '../messages.ts';
import { FieldReader } from './field-reader.ts';
import { FieldWriter } from './field-writer.ts';
import { readReferences, writeReferences } from './reference-codec.ts';
import { emptyCompletion, readEntry, readExtension, writeExtension } from './reply-extension.ts';
import { type RouteDirective, readRouteDirective, writeRouteDirective } from './route-directive.ts';
import { readStatus, writeStatus } from './status-codec.ts';
import { readMilliseconds, writeMilliseconds } from './times.ts';

const shared = new FieldWriter();

/** The largest int32: where a client may use an answer more often than that, it may use it without end. */
const mostUses = 2 ** 31 - 1;

/** istio.mixer.v1.CheckResponse. `globalWords` is how many the client knows. */
export function encodeCheckReply(reply: CheckReply, globalWords: number, vocabulary: Vocabulary): Buffer {
  const writer = shared;
  writer.clear();
  const precondition = writer.begin(2);
  writeStatus(writer, 1, reply.status);
  const { duration, uses } = reply.validity;
  if (duration !== Infinity) writeMilliseconds(writer, 2, duration);
  writer.int64(3, uses > mostUses ? -1 : Math.floor(uses));
  writeReferences(writer, 5, reply.references, globalWords, vocabulary);
  writeRouteDirective(writer, 6, reply);
  writer.end(precondition);
  for (const name of Object.keys(reply.quotas))
    writeQuota(writer, name, reply.quotas[name] as GrantedQuota, reply, globalWords, vocabulary);
  const { krater } = reply;
  if (krater !== undefined) writeExtension(writer, 100, { ...reply, krater }, vocabulary);
  return writer.finish();
}

/** @throws KraterError WIRE_BAD_MESSAGE */
export function decodeCheckReply(buffer: Buffer): CheckReply {
  const reader = new FieldReader(buffer);
  const completion = emptyCompletion();
  const quotas: Record<string, GrantedQuota> = new PlainMap();
  let precondition: Precondition | undefined;
  let krater: ReplyExtension | undefined;
  while (reader.next()) {
    if (reader.field === 2) precondition = readPrecondition(reader.message('precondition'));
    else if (reader.field === 3)
      readEntry(reader.message('quotas[]'), (entry, name) => {
        quotas[name] = readQuota(entry.message('value'));
      });
    else if (reader.field === 100) krater = readExtension(reader.message('krater'), completion);
    else reader.skip();
  }
  // What is left out counts as OK in proto3: an answer that says nothing would allow.
  if (precondition === undefined) throw reader.fault('precondition', 'is missing');
  const { directResponse, ...rest } = precondition;
  const headers = Object.keys(completion.directHeaders).length > 0 && { headers: completion.directHeaders };
  for (const name of Object.keys(completion.standings)) {
    const quota = quotas[name];
    const standing = completion.standings[name];
    if (quota !== undefined && standing !== undefined) quotas[name] = { ...quota, standing };
  }
  return {
    ...rest,
    references: [...precondition.references, ...completion.references],
    ...(directResponse && { directResponse: { ...directResponse, ...headers } }),
    quotas,
    krater,
  };
}

type Precondition = RouteDirective & Pick<CheckReply, 'status' | 'validity' | 'references'>;

function readPrecondition(reader: FieldReader): Precondition {
  let status: Status = ok;
  let duration = Infinity;
  let uses = 0;
  let references: readonly Reference[] = [];
  let directive: RouteDirective = { requestHeaders: [], responseHeaders: [] };
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        status = readStatus(reader.message('status'));
        break;
      case 2:
        duration = readMilliseconds(reader.message('valid_duration'));
        break;
      case 3:
        uses = Number(reader.int64('valid_use_count'));
        break;
      case 5:
        references = readReferences(reader.message('referenced_attributes'));
        break;
      case 6:
        directive = readRouteDirective(reader.message('route_directive'));
        break;
      default:
        reader.skip();
    }
  }
  return { status, validity: { duration, uses: uses < 0 ? Infinity : uses }, references, ...directive };
}

function writeQuota(
  writer: FieldWriter,
  name: string,
  { granted, status }: GrantedQuota,
  { references, validity }: CheckReply,
  globalWords: number,
  vocabulary: Vocabulary,
): void {
  const entry = writer.begin(3);
  writer.text(1, name);
  const result = writer.begin(2);
  if (validity.duration !== Infinity) writeMilliseconds(writer, 1, validity.duration);
  writer.int64(2, Math.trunc(granted));
  writeReferences(writer, 5, references, globalWords, vocabulary);
  writeStatus(writer, 6, status);
  writer.end(result);
  writer.end(entry);
}

function readQuota(reader: FieldReader): GrantedQuota {
  let granted = 0;
  let status: Status = ok;
  while (reader.next()) {
    if (reader.field === 2) granted = Number(reader.int64('granted_amount'));
    else if (reader.field === 6) status = readStatus(reader.message('status'));
    else reader.skip();
  }
  return { granted, status };
}
