// Not yet among the declarations of the compiler's library.
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };

/** JSON that keeps 64-bit integers exact: a bigint is written as the number it is. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner) =>
    typeof inner === 'bigint' ? rawJSON(inner.toString()) : inner,
  );
}
