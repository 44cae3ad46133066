import { asItIs, fields, type Shape } from '../shape.ts';

export const zipkin: Shape = fields({ url: ['url', asItIs] });
