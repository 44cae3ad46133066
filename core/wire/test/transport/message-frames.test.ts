import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { frameMessage, MessageReader } from '../../src/transport/message-frames.ts';

const test = suite('frames of messages');

function readerOf(limit = 1_000) {
  const messages: string[] = [];
  return { messages, reader: new MessageReader(limit, message => messages.push(message.toString())) };
}

const texts = ['first', '', 'a third one'];
const bytes = Buffer.concat(texts.map(text => frameMessage(Buffer.from(text))));

test('are read however the bytes are cut', () => {
  for (let first = 0; first <= bytes.length; first++) {
    for (let second = first; second <= bytes.length; second++) {
      const { messages, reader } = readerOf();
      for (const part of [bytes.subarray(0, first), bytes.subarray(first, second), bytes.subarray(second)])
        assert.is(reader.read(part), undefined);
      assert.equal(messages, texts);
      assert.is(reader.partial, false);
    }
  }
});

test('are read byte by byte', () => {
  const { messages, reader } = readerOf();
  for (const byte of bytes) reader.read(Buffer.of(byte));
  assert.equal(messages, texts);
});

test('are known to be cut short', () => {
  for (let end = 1; end < 5 + 'first'.length; end++) {
    const { messages, reader } = readerOf();
    reader.read(bytes.subarray(0, end));
    assert.is(reader.partial, true);
    assert.equal(messages, []);
  }
});

test('are refused when they say that they are too long, before their bytes have come', () => {
  const { reader } = readerOf(10);
  assert.is(reader.read(frameMessage(Buffer.alloc(10))), undefined);
  const problem = reader.read(frameMessage(Buffer.alloc(11)).subarray(0, 5));
  assert.equal(problem, { code: 'RESOURCE_EXHAUSTED', message: 'the answer has 11 bytes, of at most 10' });
});

test('are refused when they are compressed, which nobody has asked for', () => {
  const { reader } = readerOf();
  assert.is(reader.read(Buffer.of(1, 0, 0, 0, 0))?.code, 'INTERNAL');
});

test('that come in one piece are not copied', () => {
  const chunk = frameMessage(Buffer.from('whole'));
  let message: Buffer | undefined;
  new MessageReader(10, found => {
    message = found;
  }).read(chunk);
  assert.is(message?.buffer, chunk.buffer);
});

test.run();
