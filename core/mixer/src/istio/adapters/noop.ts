import { fields, type Shape } from '../shape.ts';

export const noop: Shape = fields({});
