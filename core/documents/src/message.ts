import type { Path } from './document.ts';

/** The words of messages for values and the places they are at. */

const longestShown = 60;
const secretName = /pass(?:word|wd|phrase)|secret|token|credential|api[-_]?key|private[-_]?key/i;

/** A value as a message shows it; never one whose key sounds secret. */
export function shown(value: unknown, path: Path): string {
  if (typeof value === 'string') {
    if (path.some(step => secretName.test(String(step)))) return '***';
    const text = value.length > longestShown ? `${value.slice(0, longestShown)}…` : value;
    return JSON.stringify(text);
  }
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean')
    return String(value);
  return typeOf(value);
}

export function typeOf(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'a map' : `a ${typeof value}`;
}

/** What a path leads to, from the last key on: `"actions[0]"`, `"match"`. */
export function labelOf(path: Path): string {
  let from = path.length - 1;
  while (from > 0 && typeof path[from] === 'number') from--;
  const [first, ...indexes] = path.slice(Math.max(from, 0));
  if (first === undefined) return 'the document';
  return `"${first}${indexes.map(index => `[${index}]`).join('')}"`;
}

/** Words in quotes: `"a", "b"`; a long list is cut. */
export function listOf(words: readonly unknown[], none = ''): string {
  const most = 20;
  const quoted = words.slice(0, most).map(word => (typeof word === 'string' ? `"${word}"` : String(word)));
  if (words.length > most) quoted.push(`and ${words.length - most} more`);
  return quoted.join(', ') || none;
}
