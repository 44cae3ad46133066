import { fileURLToPath } from 'node:url';
import { Bag, formatJson, standardVocabulary } from '@krater/mixer';
import protobuf from 'protobufjs';
import { decodeCheckRequest, encodeCheckRequest } from '../../core/wire/src/codec/check-request.ts';
import { ReportBatch } from '../../core/wire/src/codec/report-batch.ts';
import { decodeReportRequest } from '../../core/wire/src/codec/report-request.ts';
import { compare, inWords, repeated, type Timing } from './measure.ts';
import type { Row } from './row.ts';

/** What a message costs its writer and its reader, against the code that protobufjs generates, and against JSON. */
export async function run(): Promise<Row[]> {
  return [...(await oneCheck()), ...(await oneBatch())];
}

const vocabulary = standardVocabulary;
const empty = { quotas: {}, dedupId: '', globalWords: 222, client: undefined, leases: [], refill: false };
const losses = { records: 0 };

async function oneCheck(): Promise<Row[]> {
  const bag = requestOf(0);
  const bytes = encodeCheckRequest({ bag, ...empty });
  const json = formatJson(bag.toJSON());
  const theirs = generated('istio.mixer.v1.CheckRequest');
  const message = theirs.decode(bytes);
  const record: unknown = JSON.parse(json);
  const times = await compare({
    decode: repeated(100, () => decodeCheckRequest(bytes, vocabulary)),
    theirDecode: repeated(100, () => theirs.decode(bytes)),
    parse: repeated(100, () => JSON.parse(json)),
    encode: repeated(100, () => encodeCheckRequest({ bag, ...empty })),
    theirEncode: repeated(100, () => theirs.encode(message).finish()),
    stringify: repeated(100, () => JSON.stringify(record)),
  });
  const size = `${bag.values.filter(value => value !== undefined).length} attributes, ${bytes.length} bytes`;
  return [
    against(`decode ${size}: protobufjs`, times.decode, times.theirDecode, 0.6),
    against(`decode ${size}: JSON.parse`, times.decode, times.parse),
    against(`encode ${size}: protobufjs`, times.encode, times.theirEncode, 0.6),
    against(`encode ${size}: JSON.stringify`, times.encode, times.stringify),
  ];
}

async function oneBatch(): Promise<Row[]> {
  const bags = Array.from({ length: 100 }, (_, index) => requestOf(index));
  const encode = () => {
    const batch = new ReportBatch();
    for (const bag of bags) batch.add(bag);
    return batch.finish({ client: undefined, batchId: '', losses });
  };
  const bytes = encode();
  const theirs = generated('istio.mixer.v1.ReportRequest');
  const message = theirs.decode(bytes);
  const times = await compare({
    decode: { operations: 1, run: () => decodeReportRequest(bytes, vocabulary) },
    theirDecode: { operations: 1, run: () => theirs.decode(bytes) },
    encode: { operations: 1, run: encode },
    theirEncode: { operations: 1, run: () => theirs.encode(message).finish() },
  });
  const size = `100 records, ${(bytes.length / 1024).toFixed(0)} KiB`;
  return [
    against(`decode ${size}: protobufjs`, times.decode, times.theirDecode, 0.6),
    against(`encode ${size}: protobufjs`, times.encode, times.theirEncode, 0.6),
  ];
}

function generated(name: string): protobuf.Type {
  const root = new protobuf.Root();
  const folder = fileURLToPath(new URL('../../core/wire/proto/', import.meta.url));
  root.resolvePath = (_, target) => (protobuf.common.get(target) ? target : folder + target);
  return root.loadSync('istio/mixer/v1/mixer.proto').lookupType(name);
}

/** A request as a sidecar tells it. */
function requestOf(index: number): Bag {
  return new Bag(vocabulary)
    .put('source.ip', '10.48.2.17')
    .put('source.port', 41_000 + index)
    .put('source.namespace', 'default')
    .put('source.labels', { app: 'reviews', version: 'v3' })
    .put('source.workload.name', 'reviews-v3')
    .put('destination.ip', '10.48.1.9')
    .put('destination.port', 9_080)
    .put('destination.namespace', 'default')
    .put('destination.service.host', 'ratings.default.svc')
    .put('destination.service.name', 'ratings')
    .put('destination.workload.name', 'ratings-v1')
    .put('request.headers', { user: `user-${index % 50}`, 'x-request-id': `7f1c0f0e-${index}` })
    .put('request.host', 'ratings:9080')
    .put('request.id', `7f1c0f0e-${index}`)
    .put('request.method', 'GET')
    .put('request.path', `/ratings/${index % 20}`)
    .put('request.url_path', `/ratings/${index % 20}`)
    .put('request.scheme', 'http')
    .put('request.time', 1_900_000_000_000_000 + index * 1_001)
    .put('request.useragent', 'curl')
    .put('request.size', 0)
    .put('request.total_size', 1_207)
    .put('connection.mtls', true)
    .put('context.protocol', 'http')
    .put('context.reporter.kind', 'inbound')
    .put('response.code', 200)
    .put('response.duration', 1_500 + index)
    .put('response.size', 1_024)
    .put('response.total_size', 1_311)
    .put('check.cache_hit', index % 20 !== 0);
}

/** The ratio is time against time: smaller is better, as the target says. */
function against(what: string, ours: Timing, peer: Timing, most?: number): Row {
  const ratio = ours.median / peer.median;
  const target = most === undefined ? '' : `≤ ${most}×`;
  const met = most === undefined ? undefined : ratio <= most;
  return { what, ours: inWords(ours), peer: inWords(peer), ratio, target, met };
}
