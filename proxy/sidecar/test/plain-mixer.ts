import {
  Bag,
  type CheckOptions,
  type Decision,
  type MaybePromise,
  type Mixer,
  type StatusCode,
  Vocabulary,
} from '@krater/mixer';
import { inboundListener } from '../src/index.ts';

const vocabulary = new Vocabulary(
  inboundListener.supplies.map(name => ({ name, type: 'STRING', description: '', available: 'check' })),
);

type Outcome = Partial<Omit<Decision, 'status'>> & { readonly code?: StatusCode; readonly message?: string };

/** A Mixer written by hand: `decide` is its policy; what it was told is kept in `reports` and `checks`. */
export function plainMixer(decide: (bag: Bag, options: CheckOptions) => MaybePromise<Outcome> = () => ({})) {
  const reports: Bag[] = [];
  const checks: CheckOptions[] = [];
  const namespaces: (string | undefined)[] = [];
  let sequence = 0;
  const decision = (bag: Bag, { code = 'OK', message = '', ...rest }: Outcome): Decision => ({
    id: `test.${++sequence}`,
    snapshot: 'none',
    status: { code, message },
    validity: { duration: 0, uses: 0 },
    requestHeaders: [],
    responseHeaders: [],
    charges: [],
    quotas: {},
    answers: [],
    at: 0,
    bag,
    references: () => [],
    ...rest,
  });
  const mixer = {
    vocabulary,
    bag: () => new Bag(vocabulary),
    check(bag: Bag, options: CheckOptions = {}) {
      checks.push(options);
      const outcome = decide(bag, options);
      return outcome instanceof Promise
        ? outcome.then(later => decision(bag, later))
        : decision(bag, outcome);
    },
    report(bags: readonly Bag[], options: { namespace?: string } = {}) {
      reports.push(...bags);
      namespaces.push(...bags.map(() => options.namespace));
    },
  } as unknown as Mixer;
  return { mixer, reports, checks, namespaces };
}
