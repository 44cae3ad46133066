import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import * as assert from 'uvu/assert';

/** Compares with `golden/NAME.golden.txt`; `UPDATE=1` writes what was found. */
export function golden(name: string, found: string): void {
  const path = new URL(`./golden/${name}.golden.txt`, import.meta.url);
  if (process.env['UPDATE'] === '1') {
    mkdirSync(new URL('./golden/', import.meta.url), { recursive: true });
    writeFileSync(path, found);
  }
  assert.fixture(found, existsSync(path) ? readFileSync(path, 'utf8') : '');
}
