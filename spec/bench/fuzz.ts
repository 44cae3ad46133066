import { decoders, HostileMessages } from '../../core/wire/test/codec/hostile-messages.ts';
import type { Row } from './row.ts';

/** What comes from outside, at its worst: counts only, since what is refused quickly or slowly is refused. */
export async function run(): Promise<Row[]> {
  const seed = Date.now() >>> 0;
  const messages = new HostileMessages(seed);
  const counts = { decoded: 0, refused: 0, failed: 0 };
  const feed = (count: number) => {
    for (let number = 0; number < count; number++) {
      const bytes = messages.next();
      for (const [name, decode] of Object.entries(decoders)) {
        const outcome = outcomeOf(() => decode(bytes));
        counts[outcome]++;
        if (outcome === 'failed') console.error(`${name}, seed ${seed}: ${bytes.toString('hex')}`);
      }
    }
  };
  feed(10_000);
  const before = memory();
  feed(fed);
  const grown = memory() - before;
  const { decoded, refused, failed } = counts;
  const polluted = Object.keys(Object.prototype).length;
  return [
    counted('hostile messages to each decoder of the wire', fed, '≥ 1,000,000', fed >= 1_000_000),
    counted('decoded', decoded, '> 0', decoded > 0),
    counted('refused by WIRE_…', refused, '> 0', refused > 0),
    counted('any other error', failed, '0', failed === 0),
    counted('keys on the prototype of all objects', polluted, '0', polluted === 0),
    counted('KiB that stay', Math.round(grown / 1024), '≤ 1,024', grown <= 1024 * 1024),
  ];
}

const fed = 1_000_000;

function outcomeOf(decode: () => unknown): 'decoded' | 'refused' | 'failed' {
  try {
    decode();
    return 'decoded';
  } catch (error) {
    return String((error as { code?: unknown }).code).startsWith('WIRE_') ? 'refused' : 'failed';
  }
}

/** Bytes in use when all that can go has gone. */
function memory(): number {
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

function counted(what: string, count: number, target: string, met: boolean): Row {
  return { what: `fuzz: ${what}`, ours: count.toLocaleString('en'), peer: '', ratio: undefined, target, met };
}
