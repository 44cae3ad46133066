import type { Service } from '@krater/config';
import type { Layer } from '../layer.ts';
import type { Side } from '../side.ts';

/** Inbound: everything goes to the one application that the sidecar serves. */
export function application({ registry, workload: own, statistics }: Side): Layer {
  return {
    name: 'application',
    around: next => exchange => {
      const workload = registry.workload(own);
      const address = registry.application(own);
      if (workload === undefined || address === undefined) {
        statistics.unroutable++;
        const message = `no application is known behind workload "${own}"`;
        return exchange.reply({ code: 503, reason: 'NO_ENDPOINT', message, flag: 'UH' });
      }
      exchange.destination = { service: registry.serviceOf(own) as Service, workload, address };
      next(exchange);
    },
  };
}
