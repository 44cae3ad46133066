/** Escapes, backslashes, fragments, and slashes before a dot or another slash: where none is, nothing needs doing. */
const irregular = /[%\\#]|\/[./]/;
const unreserved = /^[A-Za-z0-9._~-]$/;
const slash = 0x2f;
const backslash = 0x5c;
const percent = 0x25;
const hash = 0x23;

/**
 * The attribute `request.url_path`: the path of a request target in the one spelling that rules compare (RFC 3986
 * §6.2.2), whatever the caller wrote. `end` is where the query begins, or the length.
 *
 * Escaped unreserved characters are decoded, other escapes get capitals, `\` is `/` as in the URL standard, repeated
 * slashes are one, then dot segments are removed, and a fragment is cut off. `%2F` stays: it separates nothing. The
 * result is never longer and its own normal form. Linear in the length; a path with nothing of this costs one test.
 *
 * @example urlPath('/a/../%63rlf//x?y', 15) // '/crlf/x'
 */
export function urlPath(path: string, end: number): string {
  const plain = end === path.length ? path : path.slice(0, end);
  if (!irregular.test(plain)) return plain;
  return withoutDotSegments(decoded(plain));
}

/** Escapes in their normal form, slashes single, no fragment. */
function decoded(path: string): string {
  const codes = new Uint16Array(path.length);
  let length = 0;
  for (let at = 0; at < path.length; at++) {
    let code = path.charCodeAt(at);
    if (code === hash) break;
    if (code === backslash) code = slash;
    if (code === slash && codes[length - 1] === slash) continue;
    codes[length++] = code;
    // A decoded character may complete an escape that was broken before, as in %%32e: else the result had another form.
    while (length > 2 && codes[length - 3] === percent) {
      const byte = escaped(codes[length - 2] as number, codes[length - 1] as number);
      if (byte === undefined) break;
      if (!unreserved.test(String.fromCharCode(byte))) {
        codes[length - 2] = upper(codes[length - 2] as number);
        codes[length - 1] = upper(codes[length - 1] as number);
        break;
      }
      length -= 2;
      codes[length - 1] = byte;
    }
  }
  let text = '';
  // In pieces: a call takes so many arguments only.
  for (let at = 0; at < length; at += 4096)
    text += String.fromCharCode(...codes.subarray(at, Math.min(length, at + 4096)));
  return text;
}

function escaped(high: number, low: number): number | undefined {
  const [a, b] = [digit(high), digit(low)];
  return a === undefined || b === undefined ? undefined : a * 16 + b;
}

function digit(code: number): number | undefined {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : undefined;
}

function upper(code: number): number {
  return code >= 0x61 ? code - 0x20 : code;
}

/** RFC 3986 §5.2.4, over a path that starts with a slash. */
function withoutDotSegments(path: string): string {
  if (!path.includes('/.')) return path;
  const segments = path.split('/').slice(1);
  const kept: string[] = [];
  for (const segment of segments) {
    if (segment === '..') kept.pop();
    else if (segment !== '.') kept.push(segment);
  }
  const last = segments.at(-1);
  if ((last === '.' || last === '..') && kept.at(-1) !== '') kept.push('');
  return `/${kept.join('/')}`;
}
