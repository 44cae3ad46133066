import { standardVocabulary } from '@krater/mixer';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { decodeCheckReply } from '../../src/codec/check-reply.ts';
import { decodeCheckRequest } from '../../src/codec/check-request.ts';
import { decodeReportRequest } from '../../src/codec/report-request.ts';
import { decodeWatchUpdate } from '../../src/codec/watch.ts';
import { globalWords } from '../../src/index.ts';
import { field } from './hostile-messages.ts';
import { written } from './protos.ts';

const test = suite('a bad message is refused by the name of its field');

const place = (word: string) => globalWords.indexOf(word);
const bytes = (...values: (number | Buffer)[]) =>
  Buffer.concat(values.map(value => (typeof value === 'number' ? Buffer.from([value]) : value)));
const text = (number: number, content: string) => field(number, Buffer.from(content));
const attributes = (...parts: readonly Buffer[]) => field(1, Buffer.concat(parts));
const pair = (key: number, value: number) => bytes(0x08, key, 0x10, value);

const checks: readonly (readonly [fault: string, message: Buffer])[] = [
  ['field "attributes" is cut off', bytes(0x0a, 5, 0x0a)],
  ['field "attributes" has a length of more than 32 bits', bytes(0x0a, 0x80, 0x80, 0x80, 0x80, 0x10)],
  ['field "attributes" has the wire type 0 instead of 2', bytes(0x08, 1)],
  ['field "attributes" is there twice', bytes(attributes(), attributes())],
  ['the message has a field of the number 0', bytes(0x00)],
  ['field "quotas[0]" has the wire type 3 instead of 2', bytes(0x23)],
  ['the message has a field 9 of the wire type 3', bytes(0x4b)],
  ['the message has a field of more than 32 bits', bytes(0x88, 0x80, 0x80, 0x80, 0x10, 0)],
  ['field "global_word_count" is cut off', bytes(0x10, 0x80)],
  ['field "global_word_count" is a number of more than 64 bits', bytes(0x10, Buffer.alloc(10, 0xff))],
  ['field "deduplication_id" is no UTF-8', text(3, 'a').fill(0xff, 2)],
  ['field "global_word_count" is a number of more than 64 bits', bytes(0x10, Buffer.alloc(9, 0xff), 0x02)],
  ['field "client.id" is cut off', bytes(field(100, bytes(0x0a, 5, 0x61)), text(3, 'what follows'))],
  [
    'field "quotas[0].value.amount" is cut off',
    bytes(field(4, field(2, bytes(0x08, 0x80))), text(3, 'what follows')),
  ],
  [
    'field "attributes.string_maps[0].value.entries[0]" is cut off',
    // What follows would complete the entry.
    bytes(attributes(field(9, field(2, bytes(0x0a, 4, 0x08)))), text(3, 'x'.repeat(0x10))),
  ],
  [
    'field "attributes.timestamps[0].value.nanos" is -1, which is a second or more, or points the other way',
    attributes(field(6, field(2, bytes(0x10, Buffer.alloc(9, 0xff), 0x01)))),
  ],
  ['field "client.id" is no name of 1 to 128 characters', bytes(0xa2, 0x06, 0)],
  ['field "quotas[0].value.amount" has the wire type 2 instead of 0', field(4, field(2, text(1, 'x')))],
  [
    'field "leases[1].handler" is no UTF-8',
    bytes(field(101, Buffer.alloc(0)), field(101, text(1, 'a').fill(0xc0, 2))),
  ],
  ['field "attributes.words[1]" is no UTF-8', attributes(text(1, 'good'), text(1, 'bad').fill(0xed, 2))],
  [
    'field "attributes.strings[2].key" has the word 444, which is in no dictionary',
    attributes(...[0, 2].map(key => field(2, pair(key, 0))), field(2, bytes(0x08, 0xf8, 0x06, 0x10, 0))),
  ],
  [
    'field "attributes.strings[0].value" has the word -2, which is in no dictionary',
    attributes(text(1, 'one'), field(2, pair(0, 3))),
  ],
  [
    'field "attributes.int64s[0].value" has the wire type 1 instead of 0',
    attributes(field(3, bytes(0x08, 2, 0x11, Buffer.alloc(8)))),
  ],
  ['field "attributes.doubles[0].value" is cut off', attributes(field(4, bytes(0x08, 2, 0x11, 0)))],
  [
    'field "attributes.timestamps[0].value.nanos" is 1000000000, which is a second or more, or points the other way',
    attributes(field(6, field(2, bytes(0x10, 0x80, 0x94, 0xeb, 0xdc, 0x03)))),
  ],
  [
    'field "attributes.durations[0].value.nanos" is -1, which is a second or more, or points the other way',
    attributes(field(7, field(2, bytes(0x08, 1, 0x10, Buffer.alloc(9, 0xff), 0x01)))),
  ],
  [
    'field "attributes.string_maps[0].value.entries[1].value" has the word -1, which is in no dictionary',
    attributes(field(9, field(2, bytes(field(1, pair(2, 2)), field(1, pair(2, 1)))))),
  ],
  [
    'field "attributes" has the attribute "source.port" in "strings" and in "int64s"',
    attributes(field(2, pair(2, 2)), field(3, pair(2, 2))),
  ],
];

for (const [fault, message] of checks)
  test(fault, () => refuses(() => decodeCheckRequest(message, standardVocabulary), fault));

test('in a report, by the record too', () => {
  const message = Buffer.concat([
    written('istio.mixer.v1.ReportRequest', { attributes: [{}, {}] }),
    field(1, field(2, pair(0, 1))),
  ]);
  refuses(
    () => decodeReportRequest(message, standardVocabulary),
    'field "attributes[2].strings[0].value" has the word -1, which is in no dictionary',
  );
  refuses(
    () => decodeReportRequest(bytes(0x20, 2), standardVocabulary),
    'field "repeated_attributes_semantics" is 2, which is neither DELTA_ENCODING nor INDEPENDENT_ENCODING',
  );
});

test('in an answer', () => {
  const reply = (message: object) => () => decodeCheckReply(written('istio.mixer.v1.CheckResponse', message));
  const match = (condition: number) => ({ attributeMatches: [{ name: place('source.ip'), condition }] });
  refuses(
    reply({ precondition: { referencedAttributes: match(3) } }),
    'field "precondition.referenced_attributes.attribute_matches[0].condition" is 3, which is neither ABSENCE nor EXACT',
  );
  refuses(
    reply({ precondition: { routeDirective: { requestHeaderOperations: [{}, { operation: 7 }] } } }),
    'field "precondition.route_directive.request_header_operations[1].operation" is 7, which is no operation',
  );
  refuses(
    reply({ krater: { charges: [{ dimensions: '[1]' }] } }),
    'field "krater.charges[0].dimensions" is no object of JSON',
  );
});

test('on the watch stream', () => {
  refuses(
    () => decodeWatchUpdate(field(5, field(1, text(3, 'x').fill(0xff, 2)))),
    'field "failure_table.clauses[0].value" is no UTF-8',
  );
});

test('but a field that nobody knows is passed over, whatever its kind', () => {
  const unknown = bytes(
    0xf8,
    0x3f,
    0xff,
    0x01,
    field(1_000, Buffer.from('x')),
    0xf9,
    0x3f,
    Buffer.alloc(8),
    0xfd,
    0x3f,
  );
  const message = bytes(unknown, Buffer.alloc(4), text(3, 'one'));
  assert.is(decodeCheckRequest(message, standardVocabulary).dedupId, 'one');
});

test.run();

function refuses(decode: () => unknown, fault: string): void {
  assert.throws(decode, (error: Error & { code?: string }) => {
    assert.is(error.message, fault);
    return error.code === 'WIRE_BAD_MESSAGE';
  });
}
