/** Dimension values of one instance. */
export type Dimensions = { readonly [name: string]: unknown } | undefined;

/** Everything under one set of dimension names: one level of maps for each name, in sorted order. */
interface Shape {
  readonly names: readonly string[];
  readonly root: Level;
}
type Level = Map<unknown, unknown>;

const none = {};
const unnamed: Shape['names'] = ['\0'];

/**
 * Things by combination of dimensions, whatever the order of their names.
 *
 * Hot path: values lead through maps, one for each dimension. So nothing is joined into a key that would have to be
 * built and hashed each time, and no value can imitate another combination.
 */
export class DimensionIndex<T extends object> {
  readonly #shapes = new Map<string, Shape>();
  #lastOrder: readonly string[] = [];
  #lastShape: Shape;

  constructor() {
    this.#lastShape = this.#shapeOf([]);
  }

  get(dimensions: Dimensions): T | undefined {
    const given = dimensions ?? none;
    const { names, root } = this.#shape(given);
    let found: unknown = root;
    for (let level = 0; level < names.length; level++) {
      found = (found as Level).get(valueIn(given, names[level] as string));
      if (found === undefined) return undefined;
    }
    return found as T;
  }

  /** Returns how to remove it again. */
  set(dimensions: Dimensions, thing: T): () => void {
    const given = dimensions ?? none;
    const { names, root } = this.#shape(given);
    const values = names.map(name => valueIn(given, name));
    const levels: Level[] = [root];
    for (const value of values.slice(0, -1)) {
      const level = levels.at(-1) as Level;
      const next = (level.get(value) as Level | undefined) ?? new Map();
      level.set(value, next);
      levels.push(next);
    }
    (levels.at(-1) as Level).set(values.at(-1), thing);
    return () => removeFrom(levels, values);
  }

  #shape(given: object): Shape {
    const last = this.#lastOrder;
    let count = 0;
    for (const name in given) {
      if (last[count] !== name) return this.#otherShape(given);
      count++;
    }
    return count === last.length ? this.#lastShape : this.#otherShape(given);
  }

  #otherShape(given: object): Shape {
    this.#lastOrder = Object.keys(given);
    this.#lastShape = this.#shapeOf(this.#lastOrder.toSorted());
    return this.#lastShape;
  }

  #shapeOf(sorted: readonly string[]): Shape {
    const id = JSON.stringify(sorted);
    let shape = this.#shapes.get(id);
    if (shape === undefined) {
      shape = { names: sorted.length === 0 ? unnamed : sorted, root: new Map() };
      this.#shapes.set(id, shape);
    }
    return shape;
  }
}

function removeFrom(levels: readonly Level[], values: readonly unknown[]): void {
  for (let level = levels.length - 1; level >= 0; level--) {
    const map = levels[level] as Level;
    map.delete(values[level]);
    if (map.size > 0) return;
  }
}

function valueIn(given: object, name: string): unknown {
  const value = (given as Record<string, unknown>)[name];
  return typeof value === 'object' ? dimensionText(value) : value;
}

/** A dimension's value as overrides compare it. A map's entries are sorted, so that equal maps give equal texts. */
export function dimensionText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return String(value);
  return JSON.stringify(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
