/** Dimension values of one instance. */
export type Dimensions = { readonly [name: string]: unknown } | undefined;

/**
 * The text under which one combination of dimensions is counted.
 *
 * Names and values carry their lengths and the whole its number of parts, so no value can imitate another
 * combination, and what follows a key cannot be taken for a part of it. The order of the dimensions does not matter.
 */
export function dimensionKey(quota: string, dimensions: Dimensions): string {
  let key = `${quota.length}:${quota}`;
  if (dimensions === undefined) return `${key}0;`;
  const names = Object.keys(dimensions);
  for (let index = 1; index < names.length; index++) {
    if ((names[index - 1] as string) > (names[index] as string)) {
      names.sort();
      break;
    }
  }
  key += `${names.length};`;
  for (const name of names) {
    const value = dimensions[name];
    if (typeof value === 'string') key += `${name.length}:${name}${value.length}:${value}`;
    else {
      const text = dimensionText(value);
      key += `${name.length}:${name}${typeof value}${text.length}:${text}`;
    }
  }
  return key;
}

/** A dimension's value as overrides compare it. A map's entries are sorted, so that equal maps give equal texts. */
export function dimensionText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return String(value);
  return JSON.stringify(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
