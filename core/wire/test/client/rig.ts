import { setTimeout as delay } from 'node:timers/promises';
import {
  type Ambient,
  allow,
  createMixer,
  defineAdapter,
  deny,
  grant,
  type Mixer,
  type QuotaRequest,
  refuse,
  silentLog,
  systemAmbient,
  type Validity,
  z,
} from '@krater/mixer';
import { listentry, logentry, lookup, quota } from '@krater/templates';
import { createMixerClient } from '../../src/client/mixer-client.ts';
import type { MixerClient, MixerClientOptions } from '../../src/index.ts';
import {
  createMixerServer,
  type MixerServer,
  type MixerServerOptions,
} from '../../src/server/mixer-server.ts';

/** What the handlers of a test were asked, and how they are to behave. */
export class Probes {
  /** Values that a listentry handler was asked about, by its label. */
  readonly checked: { readonly label: string; readonly value: unknown }[] = [];
  readonly charged: (QuotaRequest & { readonly label: string; readonly dimensions: object })[] = [];
  readonly reported: object[] = [];
  /** What handlers refuse: texts of values, or a rule for them. */
  readonly refused = new Set<string>();
  refuses = (text: string): boolean => this.refused.has(text);
  validity: Partial<Validity> | undefined;
  /** What is left of the quota, and how much of it may be granted ahead. */
  remaining = Infinity;
  leasable = 0;
  /** Labels of handlers that grant nothing ahead. */
  readonly unleasable = new Set<string>();
  /** Milliseconds that a lease lasts. */
  leaseTime = 1_000;
  /** What a check handler waits for before it answers. */
  gate: Promise<unknown> | undefined;
  readonly #changed = new Map<string, () => void>();

  /** The handlers have changed their minds: raises their epochs. */
  change(act: () => void): void {
    act();
    for (const changed of this.#changed.values()) changed();
  }

  adapter() {
    return defineAdapter({
      name: 'probe',
      summary: 'does what its test says',
      templates: [listentry, quota, lookup, logentry],
      config: z.strictObject({ label: z.string().default('probe') }),
      create: ({ label }, env) => {
        this.#changed.set(label, env.changed);
        return {
          listentry: ({ value }) => {
            this.checked.push({ label, value });
            const { validity } = this;
            const text = textOf(value);
            const answer = this.refuses(text)
              ? deny(`${label} refuses ${text}`, 'PERMISSION_DENIED', validity && { validity })
              : allow(validity && { validity });
            return this.gate === undefined ? answer : this.gate.then(() => answer);
          },
          quota: ({ dimensions = {} }, request) => {
            this.charged.push({ label, dimensions, ...request });
            return this.#charge(request, label);
          },
          lookup: ({ key }) => ({ value: { team: `team of ${key}` } }),
          logentry: instances => void this.reported.push(...instances),
        };
      },
    });
  }

  #charge({ amount, bestEffort }: QuotaRequest, label: string) {
    if (this.remaining === Infinity && this.leasable === 0) return grant(Math.max(0, amount));
    const standing = () => ({ limit: 1_000, remaining: this.remaining, resetAfter: 1_000 });
    const granted = amount <= this.remaining ? amount : bestEffort ? this.remaining : 0;
    if (amount > 0 && granted === 0) return refuse('exhausted', { standing: standing(), retryAfter: 500 });
    this.remaining -= granted;
    const leasable = { amount: this.leasable, duration: this.leaseTime };
    const isLeasable = this.leasable > 0 && !this.unleasable.has(label);
    return isLeasable ? grant(granted, standing(), leasable) : grant(granted, standing());
  }
}

/** The same for equal values: maps have no order, so no answer may depend on one. */
function textOf(value: unknown): string {
  return JSON.stringify(value, typeof value === 'object' && value ? Object.keys(value).sort() : undefined);
}

/** The real world, but for a clock that a test can put forward. */
export class Future implements Ambient {
  #ahead = 0;
  readonly clock = { now: () => systemAmbient.clock.now() + this.#ahead };
  readonly log = silentLog;
  readonly fetch = systemAmbient.fetch;
  readonly random = systemAmbient.random;
  readonly after = systemAmbient.after;

  skip(milliseconds: number): void {
    this.#ahead += milliseconds;
  }
}

/** A Mixer behind a real server, and a client that has heard of it. */
export interface Rig extends AsyncDisposable {
  readonly mixer: Mixer;
  readonly probes: Probes;
  readonly server: MixerServer;
  readonly client: MixerClient;
  readonly ambient: Future;
  /** Another client of the same server. */
  another(options?: Partial<MixerClientOptions>): MixerClient;
  /** Swaps the configuration and waits until the client has heard of it. */
  reload(config: string): Promise<void>;
  /** The handlers change their minds; waits until the client has heard of it. */
  change(act: () => void): Promise<void>;
  /** The server is gone, at once; `restart` starts another on its port. */
  stop(): Promise<void>;
  restart(node?: string): Promise<void>;
}

export interface RigOptions {
  readonly config: string;
  readonly client?: Partial<MixerClientOptions>;
  readonly server?: Partial<MixerServerOptions>;
  /** Milliseconds within which the client must have heard of the Mixer (5,000), where it ever will. */
  readonly ready?: number;
}

export async function startRig({
  config,
  client: options = {},
  server: serving = {},
  ready = 5_000,
}: RigOptions): Promise<Rig> {
  const probes = new Probes();
  const opened: AsyncDisposable[] = [];
  // Machines are slow sometimes, and an answer that came too late would be taken for none.
  const patience = { checkDeadline: 5_000, handlerDeadline: 5_000 };
  const mixerOf = (node: string, yaml: string) =>
    createMixer({ config: yaml, adapters: [probes.adapter()], log: silentLog, node, ...patience });
  const serve = (mixer: Mixer, port: number) =>
    createMixerServer({ mixer, listen: { host: '127.0.0.1', port }, ...serving });
  let current = config;
  let mixer = await mixerOf('mixer', config);
  let server = await serve(mixer, 0);
  const { port } = server.address as { port: number };
  const ambient = new Future();
  const another = (more: Partial<MixerClientOptions> = {}) => {
    const standard = { addresses: [`127.0.0.1:${port}`], timeout: 5_000, ambient };
    const made = createMixerClient({ ...standard, ...options, ...more });
    opened.push({ [Symbol.asyncDispose]: () => made.close(0) });
    return made;
  };
  const client = another();
  await client.ready(ready);
  const end = async () => {
    await server.drain(0);
    await mixer.close();
  };
  return {
    get mixer() {
      return mixer;
    },
    get server() {
      return server;
    },
    probes,
    client,
    ambient,
    another,
    async reload(yaml) {
      current = yaml;
      const { accepted, problems } = await mixer.reload(yaml);
      if (!accepted) throw new Error(problems[0]?.message);
      await until(() => knows(client, mixer));
    },
    async change(act) {
      probes.change(act);
      await until(() => knows(client, mixer));
    },
    async stop() {
      await end();
      await until(() => client.status().addresses.every(({ state }) => state === 'waiting'));
    },
    async restart(node = 'restarted') {
      mixer = await mixerOf(node, current);
      server = await serve(mixer, port);
      await until(() => client.status().mixers.some(one => one.node === node && one.watched));
    },
    async [Symbol.asyncDispose]() {
      for (const one of opened.reverse()) await one[Symbol.asyncDispose]();
      await end();
    },
  };
}

/** Whether a client has been told the present state of a Mixer. */
export function knows(client: MixerClient, mixer: Mixer): boolean {
  const { node, snapshot, epochs } = mixer.state();
  const known = client.status().mixers.find(one => one.node === node);
  if (known?.watched !== true || known.snapshot !== snapshot) return false;
  return epochs.every(({ handler, epoch }) => known.epochs.get(handler) === epoch);
}

export async function until(holds: () => boolean, limit = 10_000): Promise<void> {
  const end = performance.now() + limit;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`not within ${limit / 1000} s: ${holds}`);
    await delay(2);
  }
}

/** A rule document; `spec` is YAML as it stands under `spec:`. */
export function rule(name: string, spec: string, namespace?: string): string {
  const place = namespace === undefined ? '' : `, namespace: ${namespace}`;
  const body = spec.trimEnd().replaceAll(/^/gm, '  ');
  return `---\napiVersion: krater.dev/v1\nkind: Rule\nmetadata: { name: ${name}${place} }\nspec:\n${body}\n`;
}

/** A rule for every request that asks about a value. */
export function checks(value: string, more = 'match: true'): string {
  return `${more}
actions:
- handler: { adapter: probe, params: { label: checks } }
  instances: [{ name: entry, template: listentry, params: { value: ${JSON.stringify(value)} } }]
`;
}

/** A rule for every request that charges by user; `spec` stands before its actions. */
export function charges(spec = 'match: true', amount = '1'): string {
  return `${spec}
actions:
- handler: { adapter: probe, params: { label: charges } }
  instances:
  - name: requests
    template: quota
    params: { dimensions: { user: 'request.headers["user"] | "anonymous"' }, amount: '${amount}' }
`;
}
