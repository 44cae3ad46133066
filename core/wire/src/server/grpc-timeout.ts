const milliseconds: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1_000,
  m: 1,
  u: 0.001,
  n: 0.000_001,
};

/** Milliseconds of a `grpc-timeout` header, at most eight digits and a unit; undefined where it is none. */
export function parseGrpcTimeout(text: string): number | undefined {
  const last = text.length - 1;
  if (last < 1 || last > 8) return undefined;
  let amount = 0;
  for (let at = 0; at < last; at += 1) {
    const digit = text.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9) return undefined;
    amount = amount * 10 + digit;
  }
  const unit = milliseconds[text.charAt(last)];
  return unit === undefined ? undefined : amount * unit;
}
