/** JSON with exact integers: what does not fit a safe number is a bigint, on the way in and out. */

/** Like `JSON.parse`, SyntaxError included; integers beyond 2^53 become bigint, read from their digits. */
export function parseJson(text: string): unknown {
  return JSON.parse(text, exact);
}

function exact(_: string, value: unknown, context?: { readonly source?: string }): unknown {
  const digits = context?.source;
  const inexact =
    typeof value === 'number' &&
    !Number.isSafeInteger(value) &&
    digits !== undefined &&
    /^-?\d{1,1000}$/.test(digits);
  return inexact ? BigInt(digits) : value;
}

/** Like `JSON.stringify` without spaces; a bigint becomes its digits. */
export function formatJson(value: unknown): string {
  return (
    JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? rawJson(String(part)) : part)) ?? 'null'
  );
}

const { rawJSON: rawJson } = JSON as unknown as { rawJSON(text: string): unknown };
