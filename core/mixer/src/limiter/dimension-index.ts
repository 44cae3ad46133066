/** Dimension values of one instance. */
export type Dimensions = { readonly [name: string]: unknown } | undefined;

/** Everything under one set of dimension names: one level of maps for each name, in the order that came first. */
interface Shape {
  readonly names: readonly string[];
  readonly root: Level;
}
type Level = Map<unknown, unknown>;

const none = {};

/**
 * Things by combination of dimensions, whatever the order of their names.
 *
 * Hot path: values lead through maps, one for each dimension. So nothing is joined into a key that would have to be
 * built and hashed each time, and no value can imitate another combination.
 */
export class DimensionIndex<T extends object> {
  readonly #shapes = new Map<string, Shape>();
  #last: Shape = { names: [], root: new Map() };
  #lastOrder: readonly string[] = [];
  #dimensionless: T | undefined;

  get(dimensions: Dimensions): T | undefined {
    const { names, root } = this.#last;
    const given = (dimensions ?? none) as Record<string, unknown>;
    let found: unknown = root;
    let count = 0;
    for (const name in given) {
      if (names[count++] !== name) return this.#getOf(this.#shape(given), given);
      const value = given[name];
      found = (found as Level | undefined)?.get(typeof value === 'object' ? dimensionText(value) : value);
    }
    if (count === 0) return this.#dimensionless;
    return count === names.length ? (found as T | undefined) : this.#getOf(this.#shape(given), given);
  }

  #getOf({ names, root }: Shape, given: object): T | undefined {
    let found: unknown = root;
    for (const name of names) {
      found = (found as Level).get(valueIn(given, name));
      if (found === undefined) return undefined;
    }
    return found as T;
  }

  /** Returns how to remove it again. */
  set(dimensions: Dimensions, thing: T): () => void {
    const given = dimensions ?? none;
    const { names, root } = this.#shape(given);
    if (names.length === 0) {
      this.#dimensionless = thing;
      return () => {
        this.#dimensionless = undefined;
      };
    }
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
    const order = Object.keys(given);
    const last = this.#lastOrder;
    if (order.length === last.length && order.every((name, place) => name === last[place])) return this.#last;
    const id = JSON.stringify(order.toSorted());
    let shape = this.#shapes.get(id);
    if (shape === undefined) {
      shape = { names: order, root: new Map() };
      this.#shapes.set(id, shape);
    }
    this.#last = shape;
    this.#lastOrder = order;
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
