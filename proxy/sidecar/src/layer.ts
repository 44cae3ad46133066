import type { Exchange } from './exchange.ts';

/** What is done with a request. */
export type Handler = (exchange: Exchange) => void;

/**
 * One concern of the proxy. `around` gets what lies further in and returns it with the concern wrapped around: it may
 * answer by itself, go on, go on later, and hear of the end by `exchange.whenEnded`.
 */
export interface Layer {
  readonly name: string;
  around(next: Handler): Handler;
}

/** Puts a stack together; the first layer is the outermost, and the last must answer every request. */
export function compose(layers: readonly Layer[]): Handler {
  const innermost: Handler = () => {
    throw new Error('the innermost layer must not go on');
  };
  return layers.reduceRight((next, layer) => layer.around(next), innermost);
}
