import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { filesOf, readPackages, root } from '../workspace.ts';

/** One code that a package raises, as its `codes.ts` declares it. */
export interface ErrorCode {
  readonly code: string;
  readonly cause: string;
  readonly remedy: string;
  /** The catalogue's file. */
  readonly file: string;
  /** The folder of the package that raises it. */
  readonly folder: string;
}

export const errorPage = 'spec/errors.md';

/** Every code of every package, in the order of the catalogues. */
export async function readErrorCodes(): Promise<ErrorCode[]> {
  const codes: ErrorCode[] = [];
  for (const { folder } of readPackages()) {
    for (const file of filesOf(folder, 'src/**/codes.ts')) {
      const catalogue = (await import(pathToFileURL(join(root, file)).href)) as {
        codes: Record<string, { cause: string; remedy: string }>;
      };
      for (const [code, { cause, remedy }] of Object.entries(catalogue.codes)) {
        codes.push({ code, cause, remedy, file, folder });
      }
    }
  }
  return codes;
}

/** The page of all codes, grouped by area, for people who looked one up. */
export function buildErrorPage(codes: readonly ErrorCode[]): string {
  const byArea = Object.groupBy(codes, ({ code }) => code.slice(0, code.indexOf('_')));
  const sections = Object.keys(byArea)
    .sort()
    .map(area => `## ${area}\n\n| code | cause | remedy |\n|---|---|---|\n${rowsOf(byArea[area] ?? [])}\n`);
  return `${heading}\n${sections.join('\n')}`;
}

const heading = `# Errors

Every problem and error that Krater raises has a code. Codes are never reused. This page is generated from the \`codes.ts\`
of each package: \`UPDATE=1 npm run check errors\` writes it anew.
`;

function rowsOf(codes: readonly ErrorCode[]): string {
  return codes
    .toSorted((a, b) => (a.code < b.code ? -1 : 1))
    .map(({ code, cause, remedy }) => `| \`${code}\` | ${cell(cause)} | ${cell(remedy)} |`)
    .join('\n');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
