import { decoders, HostileMessages } from '../../core/wire/test/codec/hostile-messages.ts';
import type { Row } from './row.ts';

/** What comes from outside, a million times and hostile: it is read or refused, and leaves nothing behind. */
export async function run(): Promise<Row[]> {
  return wireMessages();
}

const cases = 1_000_000;
/** Seconds between two lines of progress. */
const pace = 10;

function wireMessages(): Row[] {
  const seed = Date.now() >>> 0;
  const messages = new HostileMessages(seed);
  const before = kept();
  let crashes = 0;
  let told = performance.now();
  for (let number = 0; number < cases; number += 1) {
    const bytes = messages.next();
    for (const [name, decode] of Object.entries(decoders)) {
      try {
        decode(bytes);
      } catch (error) {
        if (String((error as { code?: unknown }).code).startsWith('WIRE_')) continue;
        crashes += 1;
        console.error(`${name}, seed ${seed}, message ${bytes.toString('hex')}`, error);
      }
    }
    if (performance.now() - told < pace * 1000) continue;
    told = performance.now();
    console.error(`  ${number.toLocaleString('en')} messages`);
  }
  const grown = (kept() - before) / 1024;
  return [
    absolute(
      'hostile messages to the decoder: crashes',
      `${crashes} of ${cases / 1e6} M`,
      '0',
      crashes === 0,
    ),
    absolute('memory kept after them', `${grown.toFixed(0)} KiB`, '≤ 4 MiB', grown <= 4096),
  ];
}

/** Bytes, of the heap and beside it. */
function kept(): number {
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

function absolute(what: string, ours: string, target: string, met: boolean): Row {
  return { what, ours, peer: '', ratio: undefined, target, met };
}
