import { problemAt, Refusal } from './syntax.ts';

const simple: Readonly<Record<string, number>> = { a: 7, b: 8, f: 12, n: 10, r: 13, t: 9, v: 11, '\\': 92 };
const escapeSequence =
  /\\(?:([abfnrtv\\"'])|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3}))/y;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The text between quotes with its escapes resolved, as in Go: `\n`, `\"`, `\x41`, `\101`, `\u20ac`, `\U0001f600`.
 * `\x` and octal escapes are bytes of UTF-8. `offset` is where the text starts, for problems.
 */
export function unquote(body: string, quote: string, offset: number): string {
  if (!body.includes('\\')) return body;
  let text = '';
  let bytes: number[] = [];
  const flush = (): void => {
    if (bytes.length > 0) text += utf8.decode(new Uint8Array(bytes));
    bytes = [];
  };
  const bad = (at: number, length: number): Refusal => {
    const where = { start: offset + at, end: offset + at + length };
    const message = `unknown escape ${JSON.stringify(body.slice(at, at + length))}`;
    return new Refusal(
      problemAt('EXPRESSION_BAD_ESCAPE', where, message, 'write \\\\ for a backslash, or use back quotes'),
    );
  };
  try {
    for (let at = 0; at < body.length; ) {
      const next = body.indexOf('\\', at);
      if (next !== at) {
        flush();
        text += body.slice(at, next < 0 ? body.length : next);
        at = next < 0 ? body.length : next;
        continue;
      }
      escapeSequence.lastIndex = at;
      const found = escapeSequence.exec(body);
      if (found === null) throw bad(at, 2);
      const [whole, letter, hex, unicode, long, octal] = found;
      const byte =
        hex !== undefined
          ? Number.parseInt(hex, 16)
          : octal !== undefined
            ? Number.parseInt(octal, 8)
            : undefined;
      if (byte !== undefined) {
        if (byte > 255) throw bad(at, whole.length);
        bytes.push(byte);
      } else {
        flush();
        const point =
          letter !== undefined ? simple[letter] : Number.parseInt((unicode ?? long) as string, 16);
        if (point === undefined ? letter !== quote : point > 0x10ffff || (point >= 0xd800 && point < 0xe000))
          throw bad(at, whole.length);
        text += point === undefined ? letter : String.fromCodePoint(point);
      }
      at += whole.length;
    }
    flush();
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw bad(0, body.length); // escaped bytes that are no UTF-8
  }
  return text;
}
