import { CreateError } from './error.ts';
import { pieces } from './pieces.ts';

const names = Object.keys(pieces);

/** Reads template names, or their numbers in the list, separated by commas or spaces; each once. */
export function parseTemplates(said: readonly string[]): readonly string[] {
  const found = new Set<string>();
  for (const word of said.flatMap(text => text.split(/[\s,]+/)).filter(word => word !== '')) {
    const name = /^\d+$/.test(word) ? names[Number(word) - 1] : word;
    if (name === undefined || !Object.hasOwn(pieces, name)) {
      throw new CreateError(
        'CREATE_UNKNOWN_TEMPLATE',
        `there is no template "${word}"; there are ${names.join(', ')}`,
        'choose from these; a template of your own is written by hand: see the guide',
      );
    }
    found.add(name);
  }
  return [...found];
}

/** Reads what an adapter does, as one line of text. */
export function parseSummary(said: string): string {
  return said
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .slice(0, 200);
}

/** Reads the name of an adapter; that of its package will do. */
export function parseName(said: string): string {
  const name = said.replace(/^krater-adapter-/, '');
  // Rules could not call an adapter by what YAML reads as something else than text.
  const isText = !['true', 'false', 'null'].includes(name);
  if (isText && /^[a-z][a-z0-9-]{0,100}$/.test(name)) return name;
  throw new CreateError(
    'CREATE_BAD_NAME',
    `adapter name ${JSON.stringify(said.slice(0, 100))} is no word of lower-case letters, digits and dashes`,
    'write it like: npm create krater-adapter office-hours',
  );
}
