import { z } from '@krater/mixer';
import { failure } from './source.ts';

const jsonList = z.array(z.string());

/** The entries of a list's text. */
export function parseEntries(text: string, format: 'lines' | 'json'): readonly string[] {
  if (format === 'lines') {
    const lines = text.split(/\r?\n/).map(line => line.trim());
    return lines.filter(line => line !== '' && !line.startsWith('#'));
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw failure('DENYLIST_BAD_CONTENT', 'the list is no JSON', cause);
  }
  const list = jsonList.safeParse(value);
  if (!list.success) throw failure('DENYLIST_BAD_CONTENT', 'the list is no JSON array of strings');
  return list.data;
}
