import { checknothing, identity, listentry, logentry, lookup, metric, quota } from '@krater/templates';
import { allow, defineAdapter, deny, grant, type QuotaRequest, refuse, z } from '../../src/index.ts';

/** What the probes of one test saw and are told to do; handlers are known by their configured `label`. */
export class Probes {
  readonly checked: { label: string; value: unknown }[] = [];
  readonly quotas: ({ label: string; dimensions: unknown } & QuotaRequest)[] = [];
  readonly reported: { label: string; template: string; instances: readonly unknown[] }[] = [];
  readonly lookedUp: string[] = [];
  readonly created: string[] = [];
  readonly closed: string[] = [];
  readonly signals = new Map<string, AbortSignal>();
  /** Behaviour by label; the default allows, grants and takes. */
  readonly behaviour = new Map<string, () => unknown>();

  act<T>(label: string, standard: T): T {
    const behave = this.behaviour.get(label);
    return behave === undefined ? standard : (behave() as T);
  }
}

const nobody = {
  principal: undefined,
  audiences: undefined,
  presenter: undefined,
  claims: undefined,
  raw_claims: undefined,
};

/** An adapter of every variety that records what it is asked. */
export function probeAdapter(probes: Probes) {
  return defineAdapter({
    name: 'probe',
    summary: 'records what it is asked',
    templates: [checknothing, listentry, quota, metric, logentry, lookup, identity],
    config: z.strictObject({ label: z.string().default('probe'), revision: z.int().default(1) }),
    create({ label }, env) {
      probes.created.push(label);
      probes.act(`create ${label}`, undefined);
      const counts = env.keep('counts', () => ({ calls: 0 }));
      const check = (value: unknown, signal: AbortSignal) => {
        counts.calls++;
        probes.checked.push({ label, value });
        probes.signals.set(label, signal);
        return probes.act(label, allow());
      };
      return {
        checknothing: (_, { signal }) => check(undefined, signal),
        listentry: ({ value }, { signal }) => check(value, signal),
        quota({ dimensions }, request) {
          probes.quotas.push({ label, dimensions, ...request });
          return probes.act(label, request.amount > 0 ? grant(request.amount) : grant(0));
        },
        metric: instances => void probes.reported.push({ label, template: 'metric', instances }),
        logentry: instances => void probes.reported.push({ label, template: 'logentry', instances }),
        lookup({ key }) {
          probes.lookedUp.push(key);
          return probes.act(label, { value: { team: `team of ${key}` } });
        },
        identity: () => probes.act(label, nobody),
        close: () => void probes.closed.push(label),
      };
    },
  });
}

export { deny, refuse };
