/** The data of one authorization instance. */
export interface AuthorizationData {
  readonly subject?: unknown;
  readonly action?: unknown;
}

export type FindValue = (data: AuthorizationData) => unknown;

const texts = {
  subject: ['user', 'groups'],
  action: ['namespace', 'service', 'method', 'path'],
} as const;

/** All fields that a policy can name; a property by its key. */
export const fieldNames: readonly string[] = [
  ...texts.subject.map(field => `subject.${field}`),
  'subject.properties.KEY',
  ...texts.action.map(field => `action.${field}`),
  'action.properties.KEY',
];

/**
 * Turns a path such as `subject.properties.team` into a look-up that follows own properties only and ends at a text, a
 * number or a boolean; undefined if no instance can have such a field.
 *
 * Everything after `properties.` is first taken as one key, so `subject.properties.a.b` finds the property `a.b`; then
 * as a property that is a map, and a key of it.
 */
export function parsePath(path: string): FindValue | undefined {
  const [root = '', field = '', ...rest] = path.split('.');
  if (root !== 'subject' && root !== 'action') return undefined;
  if (field !== 'properties') {
    const known: readonly string[] = texts[root];
    return rest.length === 0 && known.includes(field)
      ? data => scalar(own(own(data, root), field))
      : undefined;
  }
  if (rest.length === 0) return undefined;
  const key = rest.join('.');
  return data => {
    const properties = own(own(data, root), 'properties');
    const whole = scalar(own(properties, key));
    if (whole !== undefined) return whole;
    for (let dot = key.indexOf('.'); dot !== -1; dot = key.indexOf('.', dot + 1)) {
      const part = scalar(own(own(properties, key.slice(0, dot)), key.slice(dot + 1)));
      if (part !== undefined) return part;
    }
    return undefined;
  };
}

function own(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Record<string, unknown>)[key]
    : undefined;
}

function scalar(value: unknown): unknown {
  return typeof value === 'object' ? undefined : value;
}
