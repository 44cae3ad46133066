import type { QuotaSpecBindingSpec, QuotaSpecSpec } from '../config/schemas.ts';
import { compilePattern } from '../expression/pattern.ts';
import type { Vocabulary } from '../vocabulary/vocabulary.ts';
import type { CheckSession } from './check.ts';

/** A quota asked for beside what rules charge by themselves. Names are in lower case: the original did not mind. */
export interface AskedQuota {
  /** Charged by a QuotaSpec: without this much the request is refused. */
  readonly needed: number;
  /** Needed, or more because the caller asked for it. */
  readonly wanted: number;
  readonly bestEffort: boolean;
  /** The names under which the caller waits for an answer, as it wrote them. */
  readonly callers: readonly string[];
}

/** The original's way of charging: a QuotaSpec says what, its binding says for which services. */
export interface QuotaCharges {
  requestedFor(session: CheckSession): ReadonlyMap<string, AskedQuota>;
}

type Matcher = (session: CheckSession) => boolean;

export interface BoundSpec {
  readonly spec: QuotaSpecSpec;
  /** One of them must be the destination. */
  readonly services: QuotaSpecBindingSpec['services'];
  /** The binding's namespace, in which a service without one stands. */
  readonly namespace: string;
  /** Of the root namespace: may charge requests to others. */
  readonly isRoot: boolean;
}

const none: ReadonlyMap<string, AskedQuota> = new Map();

export function compileQuotaCharges(bound: readonly BoundSpec[], vocabulary: Vocabulary): QuotaCharges {
  const charging = bound.flatMap(({ spec, services, namespace, isRoot }) => {
    const isNamed = anyOf(services.map(service => boundTo(service, namespace, vocabulary)));
    const isOwn: Matcher = session => session.options.namespace === namespace;
    const isService = isRoot ? isNamed : allOf([isOwn, isNamed]);
    return spec.rules.map(rule => {
      const clauses = rule.match.map(({ clause }) =>
        allOf(
          Object.entries(clause).map(([attribute, match]) =>
            clauseMatcher(vocabulary.slotOf(attribute) as number, match),
          ),
        ),
      );
      return {
        applies: clauses.length === 0 ? isService : allOf([isService, anyOf(clauses)]),
        quotas: rule.quotas,
      };
    });
  });
  return {
    requestedFor(session) {
      const { quotas } = session.options;
      if (quotas === undefined && charging.length === 0) return none;
      const asked = new Map<string, AskedQuota>();
      for (const { applies, quotas: charged } of charging) {
        if (!applies(session)) continue;
        for (const { quota, charge } of charged)
          add(asked, quota, { needed: charge, wanted: charge, bestEffort: false, callers: [] });
      }
      for (const [name, { amount, bestEffort = false }] of Object.entries(quotas ?? {})) {
        const wanted = amount > 0 && Number.isFinite(amount) ? amount : 0;
        add(asked, name, { needed: 0, wanted, bestEffort, callers: [name] });
      }
      return asked;
    },
  };
}

function add(asked: Map<string, AskedQuota>, name: string, quota: AskedQuota): void {
  const known = asked.get(name.toLowerCase());
  const needed = Math.max(quota.needed, known?.needed ?? 0);
  const wanted = Math.max(quota.wanted, known?.wanted ?? 0);
  const callers = [...(known?.callers ?? []), ...quota.callers];
  asked.set(name.toLowerCase(), { needed, wanted, bestEffort: quota.bestEffort, callers });
}

function read(session: CheckSession, slot: number | undefined): string | undefined {
  if (slot === undefined) return undefined;
  session.requestReads.attribute(slot);
  const value = session.request.values[slot];
  return typeof value === 'string' ? value : undefined;
}

/** The service of a binding, and where it names labels, only those of its workloads that have them all. */
function boundTo(
  service: QuotaSpecBindingSpec['services'][number],
  bindingNamespace: string,
  vocabulary: Vocabulary,
): Matcher {
  const isService = serviceMatcher(service, bindingNamespace, vocabulary);
  const labels = Object.entries(service.labels ?? {});
  if (labels.length === 0) return isService;
  const slot = vocabulary.slotOf('destination.labels') as number;
  const hasLabel = labels.map(([label, wanted]): Matcher => {
    const note = [{ slot, key: label }];
    return session => {
      session.requestReads.add(note);
      const map = session.request.values[slot];
      return typeof map === 'object' && map[label] === wanted;
    };
  });
  return allOf([isService, ...hasLabel]);
}

function serviceMatcher(
  { name, namespace, domain = 'svc.cluster.local', service }: QuotaSpecBindingSpec['services'][number],
  bindingNamespace: string,
  vocabulary: Vocabulary,
): Matcher {
  const [host, short, own, destination] = ['host', 'name', 'namespace']
    .map(part => vocabulary.slotOf(`destination.service.${part}`))
    .concat(vocabulary.slotOf('destination.namespace'));
  if (service === '*') return () => true;
  const everyIn = /^\*\.([^.]+)\.\*$/.exec(service ?? '')?.[1];
  const hosts = new Set(
    [service, name && `${name}.${namespace ?? bindingNamespace}.${domain}`].filter(
      text => text !== undefined,
    ),
  );
  return session => {
    if (hosts.has(read(session, host) ?? '')) return true;
    const where = read(session, own) ?? read(session, destination) ?? bindingNamespace;
    if (everyIn !== undefined) return where === everyIn;
    return name !== undefined && read(session, short) === name && where === (namespace ?? bindingNamespace);
  };
}

function clauseMatcher(slot: number, match: { exact?: string; prefix?: string; regex?: string }): Matcher {
  const { exact, prefix, regex } = match;
  const pattern = regex === undefined ? undefined : compilePattern(regex);
  return session => {
    const value = read(session, slot);
    if (value === undefined) return false;
    return (
      exact === value ||
      (prefix !== undefined && value.startsWith(prefix)) ||
      (pattern?.matches(value) ?? false)
    );
  };
}

function allOf(matchers: readonly Matcher[]): Matcher {
  return session => matchers.every(matches => matches(session));
}

function anyOf(matchers: readonly Matcher[]): Matcher {
  return session => matchers.some(matches => matches(session));
}
