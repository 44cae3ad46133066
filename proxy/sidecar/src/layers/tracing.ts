import { randomUUID } from 'node:crypto';
import type { Layer } from '../layer.ts';
import type { Side } from '../side.ts';
import { openSpan } from '../trace/span.ts';

const acceptable = /^[\x21-\x7e]{1,128}$/;

/** Opens the sidecar's span, and names the request if nobody has. */
export function tracing({ registry, workload, defaultSampling }: Side): Layer {
  return {
    name: 'tracing',
    around: next => exchange => {
      const { map } = exchange.fields;
      exchange.span = openSpan(map, registry.serviceOf(workload)?.sampling ?? defaultSampling);
      const given = map['x-request-id'];
      exchange.requestId = given !== undefined && acceptable.test(given) ? given : randomUUID();
      next(exchange);
    },
  };
}
