import { globalWordIndex } from '../words/global-words.ts';

/** Numbers for texts: those that the other side knows already, and for the rest places in a list that travels along. */
export class WordEncoder {
  readonly words: string[] = [];
  readonly globalWords: number;
  readonly #indexes = new Map<string, number>();

  /** `globalWords` is how many of the global words the other side knows. */
  constructor(globalWords: number) {
    this.globalWords = globalWords;
  }

  /** From 0 up a global word; below, a place in {@link words}. */
  index(word: string): number {
    const global = globalWordIndex.get(word);
    if (global !== undefined && global < this.globalWords) return global;
    const known = this.#indexes.get(word);
    if (known !== undefined) return known;
    const index = -this.words.length - 1;
    this.words.push(word);
    this.#indexes.set(word, index);
    return index;
  }
}
