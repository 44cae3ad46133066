import { formatAddress, type ServiceRegistry } from '@krater/config';
import { defineToken, type Mixer } from '@krater/mixer';
import type { Fleet } from './fleet.ts';
import type { ListeningAt } from './status.ts';

/** The prometheus adapter's service, which knows where it is scraped; absent as long as no handler uses it. */
const scrapeEndpoints = defineToken<{ addresses(): readonly ListeningAt[] }>('prometheus.scrape-endpoints');

/** Everything that listens, admin port first, pages for people last. */
export function listAddresses(
  admin: string,
  mixer: Mixer,
  fleet: Fleet,
  registry: ServiceRegistry,
): readonly ListeningAt[] {
  return [
    { what: 'admin', address: `http://${admin}/status` },
    ...(mixer.service(scrapeEndpoints)?.addresses() ?? []),
    ...fleet.addresses(),
    ...registry.services.flatMap(service => {
      const [endpoint] = registry.endpoints(service);
      if (service.open === undefined || endpoint === undefined) return [];
      return [
        { what: `open ${service.name}`, address: `http://${formatAddress(endpoint.address)}${service.open}` },
      ];
    }),
  ];
}
