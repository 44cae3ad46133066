import type { Shape } from '../shape.ts';
import { denier } from './denier.ts';
import { listchecker } from './listchecker.ts';
import { memquota } from './memquota.ts';
import { prometheus } from './prometheus.ts';
import { stdio } from './stdio.ts';
import { zipkin } from './zipkin.ts';

/** What an adapter of the original is here: which adapter, and its params. */
export interface AdapterTranslation {
  readonly adapter: string;
  readonly params: Shape;
}

export const adapters: { readonly [original: string]: AdapterTranslation } = {
  denier: { adapter: 'denier', params: denier },
  listchecker: { adapter: 'denylist', params: listchecker },
  memquota: { adapter: 'memquota', params: memquota },
  prometheus: { adapter: 'prometheus', params: prometheus },
  stdio: { adapter: 'logging', params: stdio },
  zipkin: { adapter: 'tracing', params: zipkin },
};
