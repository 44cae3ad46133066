import type { Value } from '@krater/mixer';
import type { CachedCheck } from './cached-check.ts';
import type { CheckKey } from './check-key.ts';

type Values = readonly (Value | undefined)[];

/** Where cached decisions differ: in one part of their key, the first in which any two below it do. */
class Branch {
  readonly part: number;
  readonly children = new Map<unknown, Branch | CachedCheck>();

  constructor(part: number) {
    this.part = part;
  }
}

/**
 * Cached decisions that depended on the same things, found by walking through the parts of their key in which they
 * differ; what is found is compared in every part. So nothing is joined into a text or hashed for a lookup, and no value
 * can imitate another.
 *
 * Hot path: see {@link CheckCache}.
 */
export class CheckTree {
  readonly key: CheckKey;
  #root: Branch | CachedCheck | undefined;
  /** How often something was found here. */
  hits = 0;

  constructor(key: CheckKey) {
    this.key = key;
  }

  get isEmpty(): boolean {
    return this.#root === undefined;
  }

  find(values: Values, namespace: string | undefined): CachedCheck | undefined {
    const { key } = this;
    let node = this.#root;
    while (node !== undefined && node.part >= 0)
      node = (node as Branch).children.get(key.valueAt(node.part, values, namespace));
    if (node === undefined) return undefined;
    const kept = (node as CachedCheck).values;
    for (let index = 0; index < kept.length; index++)
      if (!isSame(kept[index], key.valueAt(index, values, namespace))) return undefined;
    return node as CachedCheck;
  }

  /** Returns what it takes the place of. */
  put(entry: CachedCheck): CachedCheck | undefined {
    const { values } = entry;
    const near = this.#nearest(values);
    const differs =
      near === undefined ? -1 : values.findIndex((value, at) => !isSame(value, near.values[at]));
    const part = differs < 0 ? Infinity : differs;
    let above: Branch | undefined;
    let node = this.#root;
    // Up to there everything is as with the nearest, so its path is followed.
    while (node !== undefined && node !== near && node.part < part) {
      above = node as Branch;
      node = above.children.get(values[above.part]);
    }
    if (node === undefined || near === undefined || part === Infinity) this.#set(above, values, entry);
    else if (node.part === part) this.#set(node as Branch, values, entry);
    else {
      const branch = new Branch(part);
      branch.children.set(near.values[part], node).set(values[part], entry);
      this.#set(above, values, branch);
    }
    return part === Infinity ? near : undefined;
  }

  remove({ values }: CachedCheck): void {
    let aboveAll: Branch | undefined;
    let above: Branch | undefined;
    let node = this.#root;
    while (node !== undefined && node.part >= 0) {
      aboveAll = above;
      above = node as Branch;
      node = above.children.get(values[above.part]);
    }
    if (above === undefined) {
      this.#root = undefined;
      return;
    }
    above.children.delete(values[above.part]);
    if (above.children.size > 1) return;
    // Where nothing differs there is no branch.
    for (const only of above.children.values()) this.#set(aboveAll, values, only);
  }

  #set(above: Branch | undefined, values: readonly unknown[], node: Branch | CachedCheck): void {
    if (above === undefined) this.#root = node;
    else above.children.set(values[above.part], node);
  }

  /** One that is the same in as many of the first parts as any is. */
  #nearest(values: readonly unknown[]): CachedCheck | undefined {
    let node = this.#root;
    while (node !== undefined && node.part >= 0) {
      const { children, part } = node as Branch;
      node = children.get(values[part]) ?? children.values().next().value;
    }
    return node as CachedCheck | undefined;
  }
}

/** As a Map compares its keys. */
function isSame(a: unknown, b: unknown): boolean {
  return a === b || Object.is(a, b);
}
