import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Node,
  type Scalar,
  type YAMLMap,
} from 'yaml';
import type { Code } from './codes.ts';
import type { Finding } from './document.ts';
import type { Range } from './source-text.ts';
import { isMergeKey, keyName, rangeOf } from './yaml-node.ts';
import * as traps from './yaml-traps.ts';

/** A document as data, and what its aliases stand for. */
export interface YamlData {
  readonly value: unknown;
  readonly targets: ReadonlyMap<Alias, Node>;
}

/** Deeper or larger documents than these are mistakes or attacks; aliases are counted with all that they repeat. */
const deepest = 100;
const largest = 1_000_000;

/** Reports a mistake; `range` is where it stands. */
export type Found = (finding: Finding & { readonly code: Code }, range: Range) => void;

/**
 * Converts YAML nodes to plain data in one pass: maps without prototype, integers beyond the safe ones as bigint,
 * aliases and merge keys (`<<`) followed. What YAML would take silently and nobody means is found on the way.
 */
export function toData(document: Document, text: string, found: Found): YamlData {
  const reading = new Reading(text, found);
  const value = document.contents === null ? null : reading.node(document.contents as Node, 0);
  return { value, targets: reading.targets };
}

interface Anchored {
  readonly node: Node;
  /** Undefined while the node itself is being read: an alias inside it would never end. */
  done?: { readonly value: unknown; readonly size: number };
}

class Reading {
  readonly targets = new Map<Alias, Node>();
  readonly #anchors = new Map<string, Anchored>();
  readonly #text: string;
  readonly #found: Found;
  #size = 0;

  constructor(text: string, found: Found) {
    this.#text = text;
    this.#found = found;
  }

  node(node: Node, depth: number): unknown {
    if (isAlias(node)) return this.#alias(node);
    const { anchor } = node;
    if (anchor === undefined) return this.#value(node, depth);
    const anchored: Anchored = { node };
    this.#anchors.set(anchor, anchored);
    const before = this.#size;
    const value = this.#value(node, depth);
    anchored.done = { value, size: this.#size - before };
    return value;
  }

  #value(node: Exclude<Node, Alias>, depth: number): unknown {
    if (++this.#size > largest) return this.#tooLarge(node);
    if (node.tag !== undefined) {
      const trap = traps.tag(this.#text, node);
      if (trap) this.#found(...trap);
    }
    if (isScalar(node)) return this.#scalar(node);
    if (depth >= deepest) {
      this.#found(
        { code: 'YAML_TOO_DEEP', message: `the document is nested too deeply, allowed: ${deepest} levels` },
        rangeOf(node),
      );
      return null;
    }
    if (isMap(node)) return this.#map(node, depth);
    return isSeq(node) ? node.items.map(item => this.#item(item, depth)) : null;
  }

  #item(item: unknown, depth: number): unknown {
    if (isPair(item)) return null;
    return item === null ? null : this.node(item as Node, depth + 1);
  }

  #scalar(node: Scalar): unknown {
    if (node.type === 'PLAIN') {
      const trap = traps.comment(this.#text, node);
      if (trap) this.#found(...trap);
    }
    const { value } = node;
    if (typeof value !== 'bigint') return value;
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  }

  #map(node: YAMLMap, depth: number): unknown {
    const map: { [key: string]: unknown } = Object.create(null);
    const merges: { value: unknown; node: Node }[] = [];
    for (const { key, value } of node.items as { key: Node; value: Node | null }[]) {
      const name = this.#key(key);
      if (name === undefined) continue;
      const trap = value === null && node.flow ? traps.flowKey(this.#text, key, name) : undefined;
      if (trap) this.#found(...trap);
      const data = value === null ? null : this.node(value, depth + 1);
      if (isMergeKey(key)) merges.push({ value: data, node: value ?? key });
      else if (name in map) {
        this.#found(
          { code: 'YAML_DUPLICATE_KEY', message: `duplicate key "${name}"`, hint: 'keep one of them' },
          rangeOf(key),
        );
      } else map[name] = data;
    }
    for (const merge of merges) this.#merge(map, merge);
    return map;
  }

  /** The map's own keys win over merged ones, and of several merged maps the first. */
  #merge(map: { [key: string]: unknown }, { value, node }: { value: unknown; node: Node }): void {
    for (const merged of Array.isArray(value) ? value : [value]) {
      if (typeof merged !== 'object' || merged === null || Array.isArray(merged)) {
        const message = 'the merge key "<<" takes a map, or a list of maps, by alias';
        this.#found({ code: 'YAML_BAD_MERGE', message, hint: 'write: <<: *NAME' }, rangeOf(node));
        return;
      }
      for (const key of Object.keys(merged)) {
        if (!(key in map)) map[key] = (merged as { [key: string]: unknown })[key];
      }
    }
  }

  #key(key: Node): string | undefined {
    const node = isAlias(key) ? this.#target(key)?.node : key;
    if (node === undefined) return undefined;
    const name = keyName(node);
    if (name === undefined) this.#found(...traps.collectionKey(this.#text, key));
    else if (name === '')
      this.#found(
        { code: 'YAML_EMPTY_KEY', message: 'the key is empty', hint: 'write a name before the ":"' },
        rangeOf(key),
      );
    else if (!isAlias(key)) this.node(key, 0);
    return name || undefined;
  }

  #alias(alias: Alias): unknown {
    const target = this.#target(alias);
    if (!target) return null;
    if (!target.done) {
      const message = `the alias "*${alias.source}" stands inside what it repeats`;
      this.#found({ code: 'YAML_ALIAS_CYCLE', message, hint: 'write the value out' }, rangeOf(alias));
      return null;
    }
    this.#size += target.done.size;
    return this.#size > largest ? this.#tooLarge(alias) : target.done.value;
  }

  #target(alias: Alias): Anchored | undefined {
    const target = this.#anchors.get(alias.source);
    if (target) this.targets.set(alias, target.node);
    else this.#found(...traps.unknownAlias(this.#text, alias, this.#anchors.keys()));
    return target;
  }

  #tooLarge(node: Node): null {
    if (this.#size !== Number.POSITIVE_INFINITY) {
      const message = `the document is too large, aliases counted with what they repeat; allowed: ${largest} values`;
      this.#found(
        { code: 'YAML_TOO_LARGE', message, hint: 'split it, or write out less by alias' },
        rangeOf(node),
      );
    }
    this.#size = Number.POSITIVE_INFINITY;
    return null;
  }
}
