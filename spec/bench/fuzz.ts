import { decoders, HostileMessages } from '../../core/wire/test/codec/hostile-messages.ts';
import { absolute, type Row } from './row.ts';

/** What comes from outside, a million times and hostile: it is read or refused, and leaves nothing behind. */
export async function run(): Promise<Row[]> {
  return wireMessages();
}

const cases = 1_000_000;
/** Messages until code is compiled and nothing is made for the first time. */
const warm = 10_000;
/** Seconds between two lines of progress. */
const pace = 10;

function wireMessages(): Row[] {
  const seed = Date.now() >>> 0;
  const messages = new HostileMessages(seed);
  let before = 0;
  const outcomes = { read: 0, refused: 0, crashes: 0 };
  let told = performance.now();
  for (let number = 0; number < cases; number += 1) {
    if (number === warm) before = kept();
    const bytes = messages.next();
    for (const [name, decode] of Object.entries(decoders)) {
      try {
        decode(bytes);
        outcomes.read += 1;
      } catch (error) {
        const isRefusal = String((error as { code?: unknown }).code).startsWith('WIRE_');
        outcomes[isRefusal ? 'refused' : 'crashes'] += 1;
        if (!isRefusal) console.error(`${name}, seed ${seed}, message ${bytes.toString('hex')}`, error);
      }
    }
    if (performance.now() - told < pace * 1000) continue;
    told = performance.now();
    console.error(`  ${number.toLocaleString('en')} messages`);
  }
  const grown = (kept() - before) / 1024;
  const { read, refused, crashes } = outcomes;
  return [
    absolute(
      'hostile messages to each decoder: crashes',
      `${crashes} of ${cases / 1e6} M`,
      '0',
      crashes === 0,
    ),
    absolute(
      'of them read, refused',
      [read, refused].map(count => count.toLocaleString('en')).join(', '),
      'both',
      read > 0 && refused > 0,
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
