import { textOf } from '../workspace.ts';

/** A source file without its comments, on the same lines. Strings stay: no comment sign may begin a line in one. */
export function codeOf(path: string): string {
  return textOf(path)
    .replace(/\/\*[\s\S]*?\*\//g, comment => comment.replace(/[^\n]/g, ' '))
    .replace(/(^|\s)\/\/.*$/gm, '$1');
}
