import { type ServiceRegistry, serviceKind } from '@krater/config';
import {
  allow,
  type Bag,
  type CheckOptions,
  type CheckResult,
  createMixer,
  defineAdapter,
  grant,
  type MaybePromise,
  type Mixer,
  type QuotaResult,
  z,
} from '@krater/mixer';
import { checknothing, quota } from '@krater/templates';
import { inboundListener, outboundListener } from '../src/index.ts';

export interface Script {
  check?(): MaybePromise<CheckResult>;
  quota?(): MaybePromise<QuotaResult>;
  /** More YAML: header operations of the rule, by default none. */
  readonly rule?: string;
}

/** The engine with one rule whose handler answers as the test says; what is asked and told is kept beside. */
export interface RecordedMixer {
  readonly mixer: Mixer;
  readonly checked: CheckOptions[];
  readonly reports: Bag[];
  readonly namespaces: (string | undefined)[];
}

const services = `
apiVersion: krater.dev/v1
kind: Service
metadata: { name: ratings, namespace: shop }
spec:
  workloads:
  - { name: ratings-v1, labels: { app: ratings, version: v1 }, serviceAccount: rater, run: { command: [x] } }
---
apiVersion: krater.dev/v1
kind: Service
metadata: { name: reviews, namespace: shop }
spec: { workloads: [{ name: reviews-v1, labels: { app: reviews }, run: { command: [x] } }] }
---
apiVersion: krater.dev/v1
kind: Service
metadata: { name: idle, namespace: shop }
spec: {}
`;

const ruleOf = (script: Script) => `
---
apiVersion: krater.dev/v1
kind: Rule
metadata: { name: scripted }
spec:
  match: true
  actions:
  - handler: { adapter: scripted }
    instances:
    - { name: nothing, template: checknothing }
    ${script.quota === undefined ? '' : '- { name: some, template: quota }'}
${script.rule ?? ''}
`;

export async function recordedMixer(
  registry: ServiceRegistry,
  script: Script | undefined,
): Promise<RecordedMixer> {
  const scripted = defineAdapter({
    name: 'scripted',
    summary: 'answers as a test says',
    templates: [checknothing, quota],
    config: z.strictObject({}),
    create: () => ({
      checknothing: () => script?.check?.() ?? allow(),
      quota: (_, { amount }) => script?.quota?.() ?? grant(amount),
    }),
  });
  const mixer = await createMixer({
    config: services + (script === undefined ? '' : ruleOf(script)),
    adapters: [scripted],
    kinds: [serviceKind(registry)],
    listeners: [inboundListener, outboundListener],
    checkDeadline: 10_000,
    handlerDeadline: 10_000,
  });
  const checked: CheckOptions[] = [];
  const reports: Bag[] = [];
  const namespaces: (string | undefined)[] = [];
  const check = mixer.check.bind(mixer);
  const report = mixer.report.bind(mixer);
  mixer.check = (bag, options = {}) => {
    checked.push(options);
    return check(bag, options);
  };
  mixer.report = (bags, options = {}) => {
    reports.push(...bags);
    namespaces.push(...bags.map(() => options.namespace));
    return report(bags, options);
  };
  return { mixer, checked, reports, namespaces };
}
