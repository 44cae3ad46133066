import type { Layer } from '../layer.ts';
import type { Side } from '../side.ts';
import { Forward } from '../upstream/forward.ts';

/** Sends the request to its destination and streams both bodies, each as fast as the slower end takes it. */
export function forwarding(side: Side): Layer {
  return { name: 'forwarding', around: () => exchange => new Forward(exchange, side).start(false) };
}
