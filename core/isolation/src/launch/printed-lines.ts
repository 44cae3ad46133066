import type { Readable } from 'node:stream';

/** A longer line is cut. */
const longestLine = 8_192;
/** What one stream may print within one second: lines beyond that are counted, bytes beyond that wait unread. */
const most = { lines: 100, bytes: 256 * 1024 };

/**
 * What a thread or process prints, line by line. One that prints without end is not read faster than this, so it waits
 * for us and not we for it.
 */
export function printedLines(
  stream: Readable,
  after: (milliseconds: number, run: () => void) => unknown,
  told: (line: string) => void,
): void {
  let rest = '';
  let spent = { lines: 0, bytes: 0, dropped: 0 };
  let renewing = false;

  const renew = () => {
    const { dropped } = spent;
    spent = { lines: 0, bytes: 0, dropped: 0 };
    if (dropped > 0) told(`(${dropped} more lines were left out)`);
  };
  const tell = (line: string) => {
    if (line.trim() === '') return;
    if (++spent.lines > most.lines) spent.dropped++;
    else told(line.slice(0, longestLine));
  };

  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    spent.bytes += chunk.length;
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) tell(line);
    if (rest.length > longestLine) {
      tell(rest);
      rest = '';
    }
    if (spent.bytes > most.bytes) stream.pause();
    if (!renewing)
      after(1_000, () => {
        renewing = false;
        renew();
        stream.resume();
      });
    renewing = true;
  });
  stream.on('end', () => {
    tell(rest);
    renew();
  });
  stream.on('error', () => {});
}
