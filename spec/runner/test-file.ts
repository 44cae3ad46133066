import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { filesOf, textOf } from '../workspace.ts';

/** A test file and what its first lines ask of the machine. */
export interface TestFile {
  readonly path: string;
  /** Programs that must be installed: `// needs: nginx, wrk`. */
  readonly needs: readonly string[];
  /** Seconds after which its process is ended: `// limit: 300 s`; longer where FUZZ_CASES asks for many cases. */
  readonly limit: number;
}

const defaultLimit = 120;
const fuzzLimit = 1200;

/** Suites against real components (`spec/real`) run by `--real` only, all others without it; a pattern is a part of paths, an empty one of all. */
export function findTestFiles(real: boolean, patterns: readonly string[]): TestFile[] {
  return filesOf('.', '**/*.test.ts')
    .filter(path => path.startsWith('spec/real/') === real)
    .filter(path => patterns.some(pattern => path.includes(pattern)))
    .map(readTestFile);
}

export function readTestFile(path: string): TestFile {
  const text = textOf(path);
  const needs = /^\/\/ needs: (.+)$/m.exec(text)?.[1]?.split(',') ?? [];
  const limit = /^\/\/ limit: (\d+) s$/m.exec(text)?.[1];
  const fuzzes = process.env.FUZZ_CASES !== undefined && text.includes('FUZZ_CASES');
  const ordinary = limit === undefined ? defaultLimit : Number(limit);
  return {
    path,
    needs: needs.map(name => name.trim()),
    limit: fuzzes ? Math.max(ordinary, fuzzLimit) : ordinary,
  };
}

/** Files of the workspace in which a stray `only` would silence the other tests. */
export function filesWithOnly(): string[] {
  return filesOf('.', '**/*.test.ts').filter(path => /\b\w+\.only\(/.test(textOf(path)));
}

/** Which of the programs this machine lacks. */
export function missingPrograms(names: readonly string[]): string[] {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return names.filter(name => !folders.some(folder => existsSync(join(folder, name))));
}
