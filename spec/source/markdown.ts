import { filesOf, textOf } from '../workspace.ts';

/** A fenced block of a page. */
export interface Block {
  readonly file: string;
  /** Where its first line stands, from 1. */
  readonly line: number;
  readonly language: string;
  readonly text: string;
}

/** Every page of the repository. */
export function pages(): string[] {
  return filesOf('.', '**/*.md');
}

/** The fenced blocks of a page; a block may be indented as part of a list. */
export function blocksOf(file: string): Block[] {
  const page = textOf(file);
  return [...page.matchAll(/^( *)```(\w*)[^\n]*\n([\s\S]*?)^\1```$/gm)].map(found => {
    const [, indent = '', language = '', text = ''] = found;
    const line = page.slice(0, found.index).split('\n').length + 1;
    return { file, line, language, text: text.replaceAll(new RegExp(`^${indent}`, 'gm'), '') };
  });
}

/** The relative links of a page, without their anchors. */
export function linksOf(file: string): string[] {
  const prose = textOf(file).replace(/^ *```[\s\S]*?^ *```$/gm, '');
  return [...prose.matchAll(/\]\(([^)#\s]+)(?:#[^)\s]*)?\)/g)]
    .map(([, target = '']) => target)
    .filter(target => !/^\w+:/.test(target));
}
