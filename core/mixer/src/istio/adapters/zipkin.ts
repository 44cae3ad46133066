import { fields, noEffect, type Shape } from '../shape.ts';

export const zipkin: Shape = fields(
  {
    url: ['endpoint'],
    sampleProbability: noEffect('the sidecar decides which traces are sampled, and all their spans are sent'),
  },
  { protocol: 'zipkin' },
  ['url'],
);
