import type { Endpoint, Service } from '@krater/config';
import type { Destination } from '../exchange.ts';
import type { Layer } from '../layer.ts';
import type { Side } from '../side.ts';

/** Outbound: the Host field names the service; its endpoints take turns. */
export function routing({ registry, statistics }: Side): Layer {
  const turns = new WeakMap<Service, number>();
  const destinations = new WeakMap<Endpoint, Destination>();

  const choose = (service: Service): Destination | undefined => {
    const endpoints = registry.endpoints(service);
    const turn = turns.get(service) ?? 0;
    const endpoint = endpoints[turn % endpoints.length];
    if (endpoint === undefined) return undefined;
    turns.set(service, turn + 1);
    let destination = destinations.get(endpoint);
    if (destination === undefined) {
      destination = { service, workload: endpoint.workload, address: endpoint.address };
      destinations.set(endpoint, destination);
    }
    return destination;
  };

  return {
    name: 'routing',
    around: next => exchange => {
      const service = registry.serviceByHost(exchange.authority);
      if (service === undefined) {
        statistics.unroutable++;
        const message = `no service is called "${exchange.authority}"`;
        return exchange.reply({ code: 404, reason: 'NO_ROUTE', message, flag: 'NR' });
      }
      exchange.destination = choose(service);
      if (exchange.destination === undefined) {
        statistics.unroutable++;
        const message = `service "${service.name}" has no endpoint`;
        return exchange.reply({ code: 503, reason: 'NO_ENDPOINT', message, flag: 'UH' });
      }
      next(exchange);
    },
  };
}
