import { PlainMap, type StringMap } from '@krater/mixer';

const limit = 128;

/**
 * The attribute `request.query_params`: percent-decoded, `+` is a blank, a repeated key keeps its last value, at most
 * 128 of them. Undefined where there is no query. What cannot be decoded is taken literally.
 */
export function queryParams(path: string, question: number): StringMap | undefined {
  if (question < 0 || question === path.length - 1) return undefined;
  const params: { [name: string]: string } = new PlainMap();
  let count = 0;
  for (const pair of path.slice(question + 1).split('&', limit + 1)) {
    if (pair === '' || ++count > limit) continue;
    const equals = pair.indexOf('=');
    const name = equals < 0 ? pair : pair.slice(0, equals);
    params[decode(name)] = equals < 0 ? '' : decode(pair.slice(equals + 1));
  }
  return params;
}

function decode(text: string): string {
  if (!text.includes('%') && !text.includes('+')) return text;
  const spaced = text.replaceAll('+', ' ');
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced;
  }
}
