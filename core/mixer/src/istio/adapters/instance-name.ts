import type { Shape } from '../shape.ts';

/** Params repeated the full names of instances as text (`requestcount.instance.istio-system`); here it is the name alone. */
export const instanceName: Shape = (value, _from, _to, { names, namespace }) =>
  typeof value === 'string' ? names.instanceName(value, namespace) : value;
