import type { Readable } from 'node:stream';
import { longestMessage } from './message.ts';

/** Reads messages from a byte stream: one a line, which JSON allows because it escapes line ends. */
export function lineReader(
  stream: Readable,
  told: (line: string) => void,
  failed: (reason: string) => void,
): void {
  let parts: string[] = [];
  let length = 0;
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    let from = 0;
    for (let end = chunk.indexOf('\n'); end >= 0; end = chunk.indexOf('\n', from)) {
      parts.push(chunk.slice(from, end));
      from = end + 1;
      const line = parts.length === 1 ? (parts[0] as string) : parts.join('');
      parts = [];
      length = 0;
      told(line);
    }
    if (from === chunk.length) return;
    parts.push(from === 0 ? chunk : chunk.slice(from));
    length += chunk.length - from;
    if (length > longestMessage) {
      parts = [];
      length = 0;
      failed(`it sent a message of more than ${longestMessage} characters`);
    }
  });
  // What ended, and how, is told by whoever owns the stream.
  stream.on('error', () => {});
}
