import { type Bag, decodeValue, type StringMap, type Value, type ValueType } from '@krater/mixer';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { decodeCheckReply, encodeCheckReply } from '../../src/codec/check-reply.ts';
import { decodeCheckRequest, encodeCheckRequest } from '../../src/codec/check-request.ts';
import { ipToBytes } from '../../src/codec/ip-bytes.ts';
import { ReportBatch } from '../../src/codec/report-batch.ts';
import { decodeReportRequest } from '../../src/codec/report-request.ts';
import { encodeWatchUpdate } from '../../src/codec/watch.ts';
import { globalWords } from '../../src/index.ts';
import { type Message, read, written } from './protos.ts';
import { bag, bags, cases, checkReply, checkRequest } from './random-messages.ts';

const test = suite('the codec and protobufjs');

const runs = { numRuns: Math.min(cases, 20_000) };

test('agree on the attributes that we write', () => {
  fc.assert(
    fc.property(checkRequest, request => {
      const message = read('istio.mixer.v1.CheckRequest', encodeCheckRequest(request));
      assert.equal(valuesIn(message.attributes), valuesOf(request.bag));
      assert.is(message.globalWordCount ?? 0, request.globalWords);
      assert.is(message.client?.id, request.client?.id);
      assert.is(message.leases?.length ?? 0, request.leases.length);
    }),
    runs,
  );
});

test('agree on the attributes that it writes, whatever of them it finds in which dictionary', () => {
  fc.assert(
    fc.property(bag, fc.nat(), fc.nat({ max: 999 }), (bag, choices, nanoseconds) => {
      const words = new ChosenWords(choices);
      const attributes = { ...mapsOf(bag, words, nanoseconds), words: words.own };
      const bytes = written('istio.mixer.v1.CheckRequest', {
        attributes,
        globalWordCount: globalWords.length,
      });
      const decoded = decodeCheckRequest(bytes, bag.vocabulary);
      assert.equal(valuesOf(decoded.bag), valuesOf(bag));
    }),
    runs,
  );
});

test('agree on the reports that we write, and on those that it writes', () => {
  fc.assert(
    fc.property(bags, fc.nat(), (records, choices) => {
      const batch = new ReportBatch();
      for (const one of records) batch.add(one);
      const ours = batch.finish({ client: undefined, batchId: 'b', losses: { records: 3 } });
      const message = read('istio.mixer.v1.ReportRequest', ours);
      const told = (message.attributes ?? []).map((one: object) => valuesIn(one, message.defaultWords));
      assert.equal(told, records.map(valuesOf));
      assert.is(message.repeatedAttributesSemantics, 'INDEPENDENT_ENCODING');
      const words = new ChosenWords(choices);
      const attributes = records.map(one => mapsOf(one, words, 0));
      const theirs = written('istio.mixer.v1.ReportRequest', {
        attributes,
        defaultWords: words.own,
        repeatedAttributesSemantics: 'INDEPENDENT_ENCODING',
      });
      const vocabulary = records[0]?.vocabulary;
      if (vocabulary === undefined) return;
      assert.equal(decodeReportRequest(theirs, vocabulary).bags.map(valuesOf), records.map(valuesOf));
    }),
    runs,
  );
});

test('agree on answers, which survive being read and written by it', () => {
  fc.assert(
    fc.property(checkReply, fc.constantFrom(0, 111, globalWords.length), ({ reply, vocabulary }, known) => {
      const bytes = encodeCheckReply(reply, known, vocabulary);
      const message = read('istio.mixer.v1.CheckResponse', bytes);
      assert.is(message.precondition.status.message ?? '', reply.status.message);
      assert.is(message.krater.decision, reply.krater?.decision);
      assert.is(message.precondition.routeDirective?.directResponseCode, reply.directResponse?.code);
      const again = written('istio.mixer.v1.CheckResponse', message);
      const { references, ...theirs } = decodeCheckReply(again);
      const { references: own, ...ours } = decodeCheckReply(bytes);
      // It leaves out zeros, and so the key of a map that is global word 0: proto3 cannot tell it from no key.
      if (!own.some(({ key }) => key === globalWords[0])) assert.equal(references, own);
      assert.equal(theirs, ours);
    }),
    runs,
  );
});

test('agree on the watch stream', () => {
  const update = {
    node: 'mixer-1',
    snapshot: 'abc',
    generation: 7,
    epochs: [{ handler: 'list', epoch: 3 }],
    failureTable: [{ namespace: 'shop' }, { attribute: 'response.code', value: 200 }],
    draining: true,
  };
  assert.equal(read('krater.mixer.v1.WatchUpdate', encodeWatchUpdate(update)), {
    node: 'mixer-1',
    snapshot: 'abc',
    generation: '7',
    epochs: [{ handler: 'list', epoch: '3' }],
    failureTable: { clauses: [{ namespace: 'shop' }, { attribute: 'response.code', value: '200' }] },
    draining: true,
  });
});

test.run();

/** Words as some client may encode them: known ones as global words or as its own, as chance will have it. */
class ChosenWords {
  readonly own: string[] = [];
  #choices: number;

  constructor(choices: number) {
    this.#choices = choices;
  }

  index(word: string): number {
    this.#choices = (this.#choices * 1_103_515_245 + 12_345) % 2 ** 31;
    const global = globalWords.indexOf(word);
    if (global >= 0 && this.#choices % 3 > 0) return global;
    const known = this.own.indexOf(word);
    return known >= 0 && this.#choices % 5 > 0 ? -known - 1 : -this.own.push(word);
  }
}

type Maps = Record<string, Record<string, unknown>>;

const mapByType: Readonly<Record<ValueType, string>> = {
  STRING: 'strings',
  DNS_NAME: 'strings',
  EMAIL_ADDRESS: 'strings',
  URI: 'strings',
  INT64: 'int64s',
  DOUBLE: 'doubles',
  BOOL: 'bools',
  TIMESTAMP: 'timestamps',
  DURATION: 'durations',
  IP_ADDRESS: 'bytes',
  STRING_MAP: 'stringMaps',
};

/** The typed maps of CompressedAttributes, for protobufjs; times with nanoseconds to be cut off. */
function mapsOf(bag: Bag, words: ChosenWords, nanoseconds: number): Maps {
  const maps: Maps = {};
  for (const [slot, value] of bag.values.entries()) {
    const declaration = bag.vocabulary.declarations[slot];
    if (value === undefined || declaration === undefined) continue;
    const map = mapByType[declaration.type];
    maps[map] ??= {};
    maps[map][words.index(declaration.name)] = messageOf(declaration.type, value, words, nanoseconds);
  }
  return maps;
}

function messageOf(type: ValueType, value: Value, words: ChosenWords, nanoseconds: number): unknown {
  switch (type) {
    case 'STRING_MAP': {
      const entries = Object.entries(value as StringMap).map(([key, text]) => [
        words.index(key.toWellFormed()),
        words.index(text.toWellFormed()),
      ]);
      return { entries: Object.fromEntries(entries) };
    }
    case 'INT64':
      return String(value);
    case 'DOUBLE':
    case 'BOOL':
      return value;
    case 'IP_ADDRESS':
      return ipToBytes(value as string);
    case 'TIMESTAMP': {
      const seconds = Math.floor((value as number) / 1e6);
      return { seconds, nanos: ((value as number) - seconds * 1e6) * 1_000 + nanoseconds };
    }
    case 'DURATION': {
      const seconds = Math.trunc((value as number) / 1e6);
      const nanos = ((value as number) - seconds * 1e6) * 1_000;
      return { seconds, nanos: (value as number) < 0 ? nanos - nanoseconds : nanos + nanoseconds };
    }
    default:
      return words.index((value as string).toWellFormed());
  }
}

/** What a bag says, by name, in a form that does not depend on how we hold values. */
function valuesOf(bag: Bag): unknown {
  const values = bag.values.flatMap((value, slot) => {
    const declaration = bag.vocabulary.declarations[slot];
    if (value === undefined || declaration === undefined) return [];
    const told = typeof value === 'object' ? sorted(Object.entries(value)) : String(value).toWellFormed();
    return [[declaration.name, mapByType[declaration.type], told]];
  });
  return values.sort(byName);
}

/** The same of a message that protobufjs has read. */
function valuesIn(message: Message, defaultWords: readonly string[] = []): unknown {
  const own: readonly string[] = message.words ?? defaultWords;
  const word = (index: string | number) => (+index < 0 ? own[-index - 1] : globalWords[+index]);
  const reads: Record<string, (value: Message) => unknown> = {
    strings: word,
    int64s: String,
    doubles: String,
    bools: String,
    timestamps: microseconds,
    durations: microseconds,
    bytes: ipText,
    stringMaps: ({ entries = {} }) =>
      sorted(Object.entries<number>(entries).map(([key, value]) => [word(key), word(value)])),
  };
  const values = Object.entries(reads).flatMap(([map, read]) =>
    Object.entries(message[map] ?? {}).map(([key, value]) => [word(key), map, read(value)]),
  );
  return values.sort(byName);
}

function microseconds({ seconds = '0', nanos = 0 }: { seconds?: string; nanos?: number }): string {
  return String(BigInt(seconds) * 1_000_000n + BigInt(Math.trunc(nanos / 1_000)));
}

function ipText(bytes: readonly number[]): unknown {
  const groups = Array.from({ length: 8 }, (_, index) =>
    (((bytes[index * 2] ?? 0) << 8) | (bytes[index * 2 + 1] ?? 0)).toString(16),
  );
  const text = bytes.length === 4 ? bytes.join('.') : groups.join(':');
  const decoded = decodeValue('IP_ADDRESS', text);
  return decoded.ok && decoded.value;
}

/** Entries of a map by key; of keys that became the same on their way the last counts. */
function sorted(entries: readonly (readonly (string | undefined)[])[]): unknown {
  const map = new Map(entries.map(([key = '', value = '']) => [key.toWellFormed(), value.toWellFormed()]));
  return [...map].sort(byName);
}

function byName([a]: readonly unknown[], [b]: readonly unknown[]): number {
  return String(a) < String(b) ? -1 : 1;
}
