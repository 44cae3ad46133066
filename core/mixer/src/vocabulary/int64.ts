/** INT64 values: a number while it is a safe integer, a bigint beyond; so equal values are `===`. */
export type Int64 = number | bigint;

export const int64Least = -(2n ** 63n);
export const int64Greatest = 2n ** 63n - 1n;

/** The canonical form of an integer; undefined outside of int64. */
export function int64Of(value: Int64): Int64 | undefined {
  if (typeof value === 'number') {
    if (Number.isSafeInteger(value)) return value === 0 ? 0 : value; // no -0
    if (!Number.isInteger(value)) return undefined;
    return int64Of(BigInt(value));
  }
  if (value < int64Least || value > int64Greatest) return undefined;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** From decimal digits with an optional minus sign. */
export function parseInt64(text: string): Int64 | undefined {
  return text.length <= 40 && /^-?\d+$/.test(text) ? int64Of(BigInt(text)) : undefined;
}

/** Exact; undefined on overflow. */
export function addInt64(left: Int64, right: Int64): Int64 | undefined {
  if (typeof left === 'number' && typeof right === 'number') {
    const sum = left + right;
    if (Number.isSafeInteger(sum)) return sum;
  }
  return int64Of(BigInt(left) + BigInt(right));
}

/** Exact; undefined on overflow. */
export function subtractInt64(left: Int64, right: Int64): Int64 | undefined {
  if (typeof left === 'number' && typeof right === 'number') {
    const difference = left - right;
    if (Number.isSafeInteger(difference)) return difference;
  }
  return int64Of(BigInt(left) - BigInt(right));
}

/** Exact; undefined on overflow. */
export function multiplyInt64(left: Int64, right: Int64): Int64 | undefined {
  return int64Of(BigInt(left) * BigInt(right));
}

/** The remainder with the sign of the dividend; undefined for a zero divisor. */
export function remainderInt64(left: Int64, right: Int64): Int64 | undefined {
  return right === 0 ? undefined : int64Of(BigInt(left) % BigInt(right));
}
