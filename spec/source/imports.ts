import { filesOf, type Package } from '../workspace.ts';
import { codeOf } from './code.ts';

/** One import of a source file. */
export interface Import {
  readonly file: string;
  /** As written: a path, `node:` something, or a package with an optional subpath. */
  readonly specifier: string;
  /** Erased by the type stripper: `import type`, or `typeof import()` in a type. */
  readonly type: boolean;
}

const statement = /^(?:import|export)\s+(type\s+)?(?:[^'"`;]*?\sfrom\s+)?'([^']+)'/gm;
const call = /(?<![\w.])(typeof )?import\(\s*'([^']+)'\s*\)/g;

/** Every import in the sources of a package; tests and benchmarks are `part` 'test'. */
export function importsOf({ folder }: Package, part: 'src' | 'test'): Import[] {
  return filesOf(folder, `${part}/**/*.ts`).flatMap(importsOfFile);
}

export function importsOfFile(file: string): Import[] {
  const text = codeOf(file);
  return [
    ...[...text.matchAll(statement)].map(([, type, specifier = '']) => ({ file, specifier, type: !!type })),
    ...[...text.matchAll(call)].map(([, type, specifier = '']) => ({ file, specifier, type: !!type })),
  ];
}

/** The package that a specifier names; undefined for paths and Node's own modules. */
export function packageOf(specifier: string): string | undefined {
  if (/^(?:\.|node:|#)/.test(specifier)) return undefined;
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}
