import { formatAddress, type ServiceRegistry } from '@krater/config';
import { defineToken, type Mixer } from '@krater/mixer';
import type { ListeningAt } from '../serve/listen.ts';
import type { Fleet } from './fleet.ts';

/** The prometheus adapter's service, which knows where it is scraped; absent as long as no handler uses it. */
const scrapeEndpoints = defineToken<{ addresses(): readonly ListeningAt[] }>('prometheus.scrape-endpoints');

/** Where the metrics of a Mixer's rules are scraped. */
export function scrapeAddresses(mixer: Mixer): readonly ListeningAt[] {
  return mixer.service(scrapeEndpoints)?.addresses() ?? [];
}

/** Everything that listens, the Mixer's ports first, pages for people last. */
export function listAddresses(
  ports: { readonly admin: string; readonly grpc: string },
  mixer: Mixer,
  fleet: Fleet,
  registry: ServiceRegistry,
): readonly ListeningAt[] {
  return [
    { what: 'mixer', address: ports.grpc },
    { what: 'admin', address: `http://${ports.admin}/status` },
    ...scrapeAddresses(mixer),
    ...fleet.addresses(),
    ...pagesForPeople(registry),
  ];
}

/** What services offer to look at, where they are up. */
export function pagesForPeople(registry: ServiceRegistry): readonly ListeningAt[] {
  return registry.services.flatMap(service => {
    const [endpoint] = registry.endpoints(service);
    if (service.open === undefined || endpoint === undefined) return [];
    return [
      { what: `open ${service.name}`, address: `http://${formatAddress(endpoint.address)}${service.open}` },
    ];
  });
}
