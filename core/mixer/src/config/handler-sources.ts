import { KraterError } from '@krater/documents';
import type { AnyAdapter } from '../adapter.ts';
import { contractVersion } from '../adapter.ts';
import type { InstanceShape } from '../env.ts';
import type { IsolationSettings } from '../isolation-settings.ts';
import type { AdapterResolver, AdapterSource, ResolvedAdapter } from '../mixer.ts';
import { canonicalJson, contentHash } from '../runtime/canonical.ts';
import type { HandlerPlan } from '../runtime/handler.ts';
import type { CompiledInstance } from '../runtime/instance.ts';
import { messageOf } from '../runtime/thrown.ts';
import { adapterProblem } from './adapter-shape.ts';
import { decodeSpec } from './declarations.ts';
import type { ConfigDocument, ConfigPath } from './document.ts';
import type { Code, Findings } from './findings.ts';
import type { HandlerSpec } from './schemas.ts';
import { chooseServices, type ServiceChoices } from './service-choices.ts';

/** A handler as configured: its adapter found and its params decoded. Instances join it as rules are compiled. */
export interface HandlerSource {
  readonly id: string;
  readonly adapter: AnyAdapter;
  readonly config: unknown;
  readonly deadline: number;
  readonly document: ConfigDocument;
  readonly path: ConfigPath;
  readonly instances: Set<CompiledInstance>;
  readonly origin: string;
  readonly params: unknown;
  readonly services: ServiceChoices;
  readonly isolation: IsolationSettings | undefined;
  readonly resolved: ResolvedAdapter;
}

/** A list of adapters as a resolver; two that answer to one name are an error. */
export function adapterResolver(source: AdapterSource): AdapterResolver {
  if ('resolve' in source) return source;
  const byName = new Map<string, AnyAdapter>();
  for (const adapter of source) {
    for (const name of [adapter.name, ...(adapter.aliases ?? [])]) {
      const other = byName.get(name);
      if (other !== undefined && other !== adapter) {
        throw new KraterError(
          'ADAPTER_AMBIGUOUS',
          `two adapters answer to "${name}": "${other.name}" and "${adapter.name}"`,
        );
      }
      byName.set(name, adapter);
    }
  }
  return {
    async resolve(name) {
      const adapter = byName.get(name);
      if (adapter !== undefined) return { adapter, origin: `embedded:${adapter.name}` };
      const known = [...byName.keys()].map(known => `"${known}"`).join(', ');
      throw new KraterError(
        'ADAPTER_NOT_INSTALLED',
        `no adapter is called "${name}"; there are ${known || 'none'}`,
        {
          hint: 'pass it in `adapters`',
        },
      );
    },
  };
}

/** Finds the adapter of a handler body and decodes its params; undefined, with findings, where that fails. */
export async function resolveHandler(
  id: string,
  body: Pick<HandlerSpec, 'adapter' | 'params' | 'deadline' | 'isolation' | 'services'>,
  document: ConfigDocument,
  path: ConfigPath,
  resolver: AdapterResolver,
  standardDeadline: number,
  findings: Findings,
): Promise<HandlerSource | undefined> {
  let resolved: ResolvedAdapter;
  try {
    resolved = await resolver.resolve(body.adapter, document.source.file.path);
  } catch (error) {
    const { code, hint } = error instanceof Error ? (error as Partial<KraterError>) : {};
    // Node's own errors have codes too (ERR_MODULE_NOT_FOUND).
    const known = code !== undefined && /^(?!ERR_)[A-Z]+(_[A-Z0-9]+)+$/.test(code);
    findings.add(document, [...path, 'adapter'], {
      code: known ? (code as Code) : 'ADAPTER_LOAD_FAILED',
      message: messageOf(error),
      ...(hint !== undefined && { hint }),
    });
    return undefined;
  }
  const { adapter, origin } = resolved;
  const wrong = adapterProblem(adapter);
  if (wrong !== undefined) {
    const message = `adapter "${body.adapter}" ${wrong}`;
    findings.add(document, [...path, 'adapter'], { code: 'ADAPTER_BAD_DECLARATION', message });
    return undefined;
  }
  if (adapter.contract > contractVersion || adapter.contract < contractVersion - 1) {
    const message = `adapter "${adapter.name}" was written for contract version ${adapter.contract}; served are ${contractVersion - 1} and ${contractVersion}`;
    findings.add(document, [...path, 'adapter'], { code: 'ADAPTER_CONTRACT', message });
    return undefined;
  }
  const decoded = checkParams(adapter, body.params, document, [...path, 'params'], findings);
  const servicesPath = [...path, 'services'];
  const services = await chooseServices(adapter, body.services, document, servicesPath, resolver, findings);
  const isolation = body.isolation?.mode ?? 'inline';
  if (services !== undefined && !mayLiveIn(isolation, services)) {
    const can = isolation === 'remote' ? 'has those of its server' : 'cannot have services given by value';
    const message = `a handler in isolation "${isolation}" ${can}`;
    const hint = 'remove the services, or write isolation: inline';
    findings.add(document, servicesPath, { code: 'SERVICE_ISOLATED', message, hint }, { at: 'key' });
    return undefined;
  }
  if (decoded === undefined || services === undefined) return undefined;
  const { params, deadline = standardDeadline } = body;
  return {
    id,
    adapter,
    config: decoded.value,
    deadline,
    document,
    path,
    instances: new Set(),
    origin,
    params,
    services,
    isolation: body.isolation,
    resolved,
  };
}

/** A thread or a process imports services again. What a server elsewhere imports, its own operator says. */
function mayLiveIn(isolation: IsolationSettings['mode'], services: ServiceChoices): boolean {
  if (isolation === 'inline' || services.size === 0) return true;
  return isolation !== 'remote' && [...services.values()].every(({ module }) => module !== undefined);
}

/** Decodes params as the adapter declares them, and lets it check them. An adapter that throws has not accepted them. */
function checkParams(
  adapter: AnyAdapter,
  params: unknown,
  document: ConfigDocument,
  path: ConfigPath,
  findings: Findings,
): { readonly value: unknown } | undefined {
  const before = findings.problems.length;
  try {
    const decoded = decodeSpec(adapter.config, document, path, params, findings);
    if (decoded === undefined) return undefined;
    adapter.check?.(decoded.value, (at, message, hint) =>
      findings.add(document, [...path, ...at], {
        code: 'ADAPTER_BAD_PARAMS',
        message,
        ...(hint !== undefined && { hint }),
      }),
    );
    return findings.problems.length > before ? undefined : decoded;
  } catch (error) {
    const message = `adapter "${adapter.name}" failed to check its params: ${messageOf(error)}`;
    findings.add(document, path, { code: 'ADAPTER_CHECK_FAILED', message });
    return undefined;
  }
}

/** What to create, once every rule has said which instances it sends. */
export function planHandler({
  id,
  adapter,
  config,
  deadline,
  instances,
  origin,
  params,
  services,
  isolation,
  resolved,
  document,
}: HandlerSource): HandlerPlan {
  // Inline instances of several rules may be equal, and are one to the handler.
  const byContent = new Map(
    [...instances].map(({ fingerprint, shape }) => [canonicalJson([fingerprint, shape]), shape]),
  );
  const contents = [...byContent.keys()].sort();
  const shapes = new Map(
    contents.map(content => [canonicalJson(byContent.get(content)), byContent.get(content)]),
  );
  const origins = [...services]
    .map(([need, { origin, module }]) => [need, origin, module?.revision ?? 0])
    .sort();
  return {
    id,
    adapter,
    config,
    deadline,
    instances: [...shapes.values()] as InstanceShape[],
    services,
    signature: contentHash([
      ...[adapter.name, origin, params, config, contents, origins],
      ...(isolation === undefined ? [] : [isolation]),
      ...(resolved.module?.revision ? [resolved.module.revision] : []),
    ]),
    origin,
    module: resolved.module,
    isolation,
    standardIsolation: mayLiveIn('worker', services) ? (resolved.isolation ?? 'inline') : 'inline',
    params,
    file: document.source.file.path,
  };
}
