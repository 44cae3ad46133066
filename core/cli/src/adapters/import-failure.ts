import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { KraterError } from '@krater/documents';
import { importedFiles } from '@krater/isolation/loading';
import { adapterError } from './adapter-error.ts';

interface MistakePlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/**
 * What an adapter's import has thrown, as an error that tells the place in the adapter's own source, with the line, and
 * what to do about it. `root` is the adapter's folder as a file URL.
 */
export function importFailure(thrown: unknown, root: string, origin: string): KraterError {
  const { code, hint } = (thrown ?? {}) as { code?: unknown; hint?: string };
  const [said = ''] = textOf(thrown).split('\n', 1);
  const place = placeOf(thrown, root);
  // A declaration that was refused has said so in its own words.
  if (typeof code === 'string' && /^(ADAPTER|TEMPLATE|SERVICE)_/.test(code)) {
    const where = place === undefined ? '' : ` (${formatPlace(place)})`;
    return new KraterError(code, `adapter "${origin}": ${said}${where}`, hint === undefined ? {} : { hint });
  }
  const where = place === undefined ? '' : `\n   ${formatPlace(place)}\n${frameOf(place)}`;
  const advice = adviceFor(said, String(code), fileURLToPath(root));
  return adapterError('ADAPTER_LOAD_FAILED', `importing adapter "${origin}" failed: ${said}${where}`, {
    cause: thrown,
    ...(advice !== undefined && { hint: advice }),
  });
}

function textOf(thrown: unknown): string {
  try {
    return thrown instanceof Error ? String(thrown.message) : String(thrown);
  } catch {
    return 'something without a text was thrown';
  }
}

/** The common mistakes, by what Node says of them. */
function adviceFor(said: string, code: string, root: string): string | undefined {
  const manifest = join(root, 'package.json');
  if (code === 'ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING')
    return 'an installed package must ship JavaScript: build it before packing, or link its folder: npm install FOLDER';
  if (code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX')
    return 'TypeScript is run unbuilt, and only syntax that can be erased works: no enum, namespace or parameter property; set "erasableSyntaxOnly" in tsconfig.json';
  if (/outside a module|Unexpected token 'export'/.test(said))
    return `an adapter is an ES module: put "type": "module" into ${manifest}`;
  if (/^(require|module|exports) is not defined/.test(said))
    return 'an adapter is an ES module: write import … from "…" and export default defineAdapter({ … })';
  if (said.startsWith('it did not end'))
    return 'an await at its top level does not settle: what waits for a backend belongs into create()';
  const missing = /^Cannot find (?:module|package) '([^']+)'/.exec(said)?.[1];
  const isEntry = missing?.startsWith(root) && !importer(said)?.startsWith(root);
  if (isEntry || entryCodes.has(code)) {
    const main = entries.find(file => existsSync(join(root, file)));
    return `${manifest} must name the file that exports the adapter, for example: "exports": "./${main ?? 'index.js'}"${main === undefined ? ' (and the file must have been built)' : ''}`;
  }
  if (missing !== undefined && code === 'ERR_MODULE_NOT_FOUND' && !missing.startsWith('/'))
    return `name "${missing}" in the "dependencies" of ${manifest}, and install them`;
  return undefined;
}

/** What is said of a package whose main file cannot be found. */
const entryCodes: ReadonlySet<string> = new Set([
  'ERR_PACKAGE_PATH_NOT_EXPORTED',
  'MODULE_NOT_FOUND',
  'ENOENT',
]);
const entries = ['dist/index.js', 'index.js', 'index.mjs', 'src/index.js', 'index.ts', 'src/index.ts'];

function importer(said: string): string | undefined {
  return / imported from (.+)$/.exec(said)?.[1];
}

/** Where Node knows it: in the head of the stack, in a frame of it, by the importing file, or by asking Node to check. */
function placeOf(thrown: unknown, root: string): MistakePlace | undefined {
  const stack = String((thrown as Partial<Error> | undefined)?.stack ?? '');
  return (
    headPlace(stack) ??
    framePlace(stack, root) ??
    importPlace(textOf(thrown), root) ??
    syntaxPlace(thrown, root)
  );
}

/** `FILE:LINE`, source lines, and a marker under the mistake. */
function headPlace(text: string): MistakePlace | undefined {
  const lines = text.split('\n');
  const [, file, line] = /^(file:\/\/.+|\/.+):(\d+)$/.exec(lines[0] ?? '') ?? [];
  const marker = lines.slice(1, 6).find(it => /^\s*\^+\s*$/.test(it));
  if (file === undefined || marker === undefined) return undefined;
  return { file: pathOf(file), line: Number(line), column: marker.indexOf('^') + 1 };
}

function framePlace(stack: string, root: string): MistakePlace | undefined {
  for (const [, file = '', line, column] of stack.matchAll(
    /(file:\/\/[^\s()]+|\/[^\s():]+):(\d+):(\d+)\)?$/gm,
  )) {
    const path = pathOf(file);
    if (path.startsWith(fileURLToPath(root)))
      return { file: path, line: Number(line), column: Number(column) };
  }
  return undefined;
}

/** The import of something that is not there. */
function importPlace(said: string, root: string): MistakePlace | undefined {
  const file = importer(said.split('\n', 1)[0] ?? '');
  const missing = /^Cannot find (?:module|package) '([^']+)'/.exec(said)?.[1]?.replace(/^.*\//, '');
  if (missing === undefined || !file?.startsWith(fileURLToPath(root)) || !existsSync(file)) return undefined;
  const lines = readFileSync(file, 'utf8').split('\n');
  const index = lines.findIndex(line => /\b(import|from)\b/.test(line) && line.includes(missing));
  return index < 0 ? undefined : { file, line: index + 1, column: (lines[index]?.indexOf(missing) ?? 0) + 1 };
}

/** Node tells the place of a syntax error only where it ends a process; at most so many files are asked about. */
function syntaxPlace(thrown: unknown, root: string): MistakePlace | undefined {
  if (!(thrown instanceof SyntaxError)) return undefined;
  for (const url of importedFiles(root).slice(-10).reverse()) {
    const args = ['--check', fileURLToPath(url)];
    const place = headPlace(spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 5_000 }).stderr);
    if (place !== undefined) return place;
  }
  return undefined;
}

function pathOf(file: string): string {
  return file.startsWith('file:') ? fileURLToPath(file.replace(/[?#].*$/, '')) : file;
}

const formatPlace = ({ file, line, column }: MistakePlace) => `${file}:${line}:${column}`;

/** The line and a marker under it. */
function frameOf({ file, line, column }: MistakePlace): string {
  const source = existsSync(file) ? (readFileSync(file, 'utf8').split('\n')[line - 1] ?? '') : '';
  if (source.length > 200) return '';
  const text = source.replace(/\p{Cc}/gu, ' ');
  return ` > ${line} | ${text}\n   ${' '.repeat(String(line).length)} | ${' '.repeat(column - 1)}^`;
}
