import { type AddressRange, parseAddress } from './address.ts';

/** Addresses in sorted ranges without overlap: a look-up is a binary search, whatever the list's length. */
export class AddressSet {
  readonly #ipv4: Ranges<number>;
  readonly #ipv6: Ranges<bigint>;

  constructor(ranges: readonly AddressRange[]) {
    this.#ipv4 = mergeRanges(ranges.filter(range => range.family === 4));
    this.#ipv6 = mergeRanges(ranges.filter(range => range.family === 6));
  }

  /** Whether an address is in one of the ranges; undefined if the text is no address. */
  has(text: string): boolean | undefined {
    const address = parseAddress(text);
    if (address === undefined) return undefined;
    return address.family === 4 ? contains(this.#ipv4, address.value) : contains(this.#ipv6, address.value);
  }
}

interface Ranges<N> {
  readonly firsts: readonly N[];
  readonly lasts: readonly N[];
}

function mergeRanges<N extends number | bigint>(
  ranges: readonly { readonly first: N; readonly last: N }[],
): Ranges<N> {
  const firsts: N[] = [];
  const lasts: N[] = [];
  for (const { first, last } of ranges.toSorted((a, b) =>
    a.first < b.first ? -1 : a.first > b.first ? 1 : 0,
  )) {
    const previous = lasts.at(-1);
    if (previous === undefined || first > previous) {
      firsts.push(first);
      lasts.push(last);
    } else if (last > previous) {
      lasts[lasts.length - 1] = last;
    }
  }
  return { firsts, lasts };
}

function contains<N extends number | bigint>({ firsts, lasts }: Ranges<N>, value: N): boolean {
  let low = 0;
  let high = firsts.length - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    if (value < (firsts[middle] as N)) high = middle - 1;
    else if (value > (lasts[middle] as N)) low = middle + 1;
    else return true;
  }
  return false;
}
