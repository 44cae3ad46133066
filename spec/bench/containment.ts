import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildPackages } from '../packaging/build.ts';
import { inTurns, inWords } from './measure.ts';
import { Program } from './program.ts';
import type { Row } from './row.ts';

const rounds = 5;
const misbehaving = new URL('../../core/isolation/test/fixtures/misbehaving.ts', import.meta.url);

/** What misbehaves, where it is said to be contained. */
const cases: readonly (readonly [behaviour: string, level: string])[] = [
  ['throw', 'inline'],
  ['hang', 'inline'],
  ['spin', 'worker'],
  ['leak heap', 'worker'],
  ['spin', 'process'],
  ['leak native', 'process'],
  ['exit', 'process'],
];

/**
 * The other rules beside a handler that misbehaves: the 99th percentile, against the same handler when it is cured. From
 * what is published: what ends is started anew, and types would be taken off its sources each time.
 */
export async function run(): Promise<Row[]> {
  await buildPackages();
  const folder = mkdtempSync(join(tmpdir(), 'krater-containment-'));
  const cured = join(folder, 'cured');
  writeFileSync(cured, 'cured');
  const adapter = join(folder, 'misbehaving.mjs');
  writeFileSync(adapter, stripTypeScriptTypes(readFileSync(misbehaving, 'utf8')));
  const rows: Row[] = [];
  for (const [behaviour, level] of cases) {
    const mixer = (cure: string) =>
      new Program('./containment-contender.ts', [level, behaviour, adapter, cure], 'published');
    const contenders = { ill: mixer(join(folder, 'never')), well: mixer(cured) };
    const { ill, well } = await inTurns(contenders, rounds, async one => ({
      p99: await one.ask<number>('load'),
    }));
    for (const one of Object.values(contenders)) one.stop();
    const ratio = ill.p99.median / well.p99.median;
    rows.push({
      what: `p99 of other rules beside "${behaviour}", ${level}`,
      ours: inWords(ill.p99),
      peer: `cured ${inWords(well.p99)}`,
      ratio,
      target: '≤ 1.5×',
      met: ratio <= 1.5,
    });
  }
  rmSync(folder, { recursive: true });
  return rows;
}
