import type { KraterError } from '@krater/mixer';
import type { CallRefusal } from './call.ts';
import type { ServerCounts } from './statistics.ts';

/** What a message says, or what is wrong with it. */
export function decoded<T extends object>(counts: ServerCounts, decode: () => T): T | CallRefusal {
  try {
    return decode();
  } catch (error) {
    const { code, message } = error as KraterError;
    if (code !== 'WIRE_BAD_MESSAGE' && code !== 'WIRE_UNKNOWN_DICTIONARY') throw error;
    counts.decodeErrors++;
    return { code: 'INVALID_ARGUMENT', message };
  }
}
