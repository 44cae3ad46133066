import type { Vocabulary } from '../vocabulary/vocabulary.ts';
import type { Parsed } from './parser.ts';
export declare const x: number;
export function translateJsonLogic(_source: unknown, _vocabulary: Vocabulary): Parsed {
  throw new Error('not yet');
}
