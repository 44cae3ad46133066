import { type KraterError, nearest } from '@krater/documents';
import type { AnyAdapter } from '../adapter.ts';
import type { AdapterResolver, OfferedServices } from '../mixer.ts';
import type { PlannedService } from '../runtime/handler.ts';
import { messageOf } from '../runtime/thrown.ts';
import type { ConfigDocument, ConfigPath } from './document.ts';
import type { Code, Findings } from './findings.ts';

/** By the name under which the adapter needs it. */
export type ServiceChoices = ReadonlyMap<string, PlannedService>;

const none: ServiceChoices = new Map();

/** Finds what a handler's `services` name; undefined, with findings, where one of them is wrong. */
export async function chooseServices(
  adapter: AnyAdapter,
  services: Readonly<Record<string, string>> | undefined,
  document: ConfigDocument,
  path: ConfigPath,
  resolver: AdapterResolver,
  findings: Findings,
): Promise<ServiceChoices | undefined> {
  if (services === undefined) return none;
  const chosen = new Map<string, PlannedService>();
  for (const [need, source] of Object.entries(services)) {
    const refuse = (code: Code, message: string, hint?: string, at: 'key' | 'value' = 'value') =>
      findings.add(document, [...path, need], { code, message, ...(hint !== undefined && { hint }) }, { at });
    const token = Object.hasOwn(adapter.needs, need) ? adapter.needs[need] : undefined;
    if (token === undefined) {
      const needs = Object.keys(adapter.needs);
      const near = nearest(need, needs);
      const message = `adapter "${adapter.name}" needs no service "${need}"; it needs ${listed(needs)}`;
      refuse('SERVICE_NOT_NEEDED', message, near && `did you mean "${near}"?`, 'key');
      continue;
    }
    const offered = await offeredBy(source, document, resolver).catch((error: Partial<KraterError>) => {
      const known = error.code !== undefined && /^(ADAPTER|TEMPLATE|SERVICE)_/.test(error.code);
      refuse(known ? (error.code as Code) : 'ADAPTER_LOAD_FAILED', messageOf(error), error.hint);
    });
    if (offered === undefined) continue;
    const service = offered.services.find(offer => offer.token === token);
    const names = offered.services.map(offer => offer.token.description);
    if (service !== undefined) chosen.set(need, { service, origin: offered.origin, module: offered.module });
    else
      refuse(
        'SERVICE_NOT_OFFERED',
        `"${source}" offers no service "${token.description}"; it offers ${listed(names)}`,
        'export one: export default defineService(TOKEN, env => …), with the token of the adapter',
      );
  }
  return chosen.size === Object.keys(services).length ? chosen : undefined;
}

async function offeredBy(
  source: string,
  document: ConfigDocument,
  resolver: AdapterResolver,
): Promise<OfferedServices> {
  const from = document.source.file.path;
  if (resolver.services !== undefined) return resolver.services(source, from);
  const { adapter, ...where } = await resolver.resolve(source, from);
  return { services: adapter.services, ...where };
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.map(name => `"${name}"`).join(', ');
}
