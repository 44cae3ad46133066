import { type ConfigProblem, duration, secret, z } from '@krater/mixer';
import { checkQuotas, quotaConfig } from '@krater/mixer/limiter';

const address = z
  .string()
  .regex(/^(?:\[[0-9a-fA-F:.]+\]|[^\s:[\]/@]+):\d{1,5}$/, 'must be HOST:PORT, such as "127.0.0.1:6379"');

const sentinel = z.strictObject({
  master: z.string().min(1).describe('the name under which the sentinels watch it'),
  addresses: z.array(address).min(1),
  username: z.string().min(1).optional(),
  password: secret().optional(),
  tls: z.boolean().default(false).describe('speak TLS with the sentinels too'),
});

const tls = z.strictObject({
  ca: secret().optional().describe('certificates to trust, as PEM; those of the system if left out'),
  cert: secret().optional().describe('certificate to show, as PEM'),
  key: secret().optional().describe('its private key, as PEM'),
  serverName: z.string().min(1).optional().describe('the name in the certificate, if not the address'),
});

const insurance = z.union([
  z.enum(['allow', 'deny']),
  z.strictObject({
    share: z
      .number()
      .gt(0)
      .max(1)
      .default(0.1)
      .describe('of each limit, rounded up, that each process may grant by itself'),
    maxKeys: z
      .int()
      .min(1)
      .default(100_000)
      .describe('how many combinations of dimensions are counted at once'),
    maxGrants: z.int().min(2).default(20_000).describe('how many grants are remembered by their id'),
  }),
]);

export const config = z.strictObject({
  quotas: z.array(quotaConfig).min(1),
  address: address.optional().describe('of a single Redis; 127.0.0.1:6379 if nothing else is said'),
  sentinel: sentinel.optional().describe('instead of an address: ask these who is the master'),
  cluster: z.array(address).min(1).optional().describe('instead of an address: some nodes of a cluster'),
  username: z.string().min(1).optional(),
  password: secret().optional(),
  database: z.int().min(0).default(0),
  tls: tls.optional().describe('speak TLS; {} is enough where the system trusts the certificate'),
  prefix: z
    .string()
    .max(100)
    .regex(/^[^{}\s]*$/, 'may have no braces and no spaces')
    .default('krater:')
    .describe('of every key'),
  dedupTime: duration('1s').describe(
    'how long a request with the same id gets the same answer without being charged again',
  ),
  returnTime: duration('1m').describe('how long a grant can be given back, where its window is not shorter'),
  idleTime: duration('30d').describe('how long an allocation is kept that nobody charges or gives back'),
  timeout: duration('25ms').describe('how long a decision waits for Redis before the insurance decides'),
  connectTimeout: duration('1s').describe('how long a connection, and a start, waits for Redis'),
  maxPending: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(1_000)
    .describe('how many decisions may be under way; the insurance decides the others'),
  circuit: z
    .strictObject({
      failures: z.int().min(1).default(5).describe('so many in a row, and Redis is left alone for a while'),
      pause: duration('1s').describe('for so long; then one decision tries it again'),
    })
    .prefault({}),
  insurance: insurance.prefault({}).describe('what is granted while Redis does not answer'),
});

export type Config = z.output<typeof config>;

/** What the shape alone cannot say. */
export function checkConfig(config: Config, problem: ConfigProblem): void {
  checkQuotas(config.quotas, problem);
  const places = (['address', 'sentinel', 'cluster'] as const).filter(place => config[place] !== undefined);
  if (places.length > 1) {
    const [first, second] = places as [string, string];
    problem([second], `Redis is told by "${first}" and by "${second}"`, `remove one of them`);
  }
  if (config.cluster !== undefined && config.database !== 0)
    problem(['database'], `a cluster has only the database 0, found ${config.database}`);
  if (config.sentinel?.tls && config.tls === undefined)
    problem(['sentinel', 'tls'], 'the sentinels speak TLS, but there is no "tls"', 'add tls: {}');
  if ((config.tls?.cert === undefined) !== (config.tls?.key === undefined))
    problem(['tls'], 'a certificate and its key come together', 'write both cert and key, or none');
  for (const [path, value] of [
    [['timeout'], config.timeout],
    [['connectTimeout'], config.connectTimeout],
    [['circuit', 'pause'], config.circuit.pause],
    [['idleTime'], config.idleTime],
  ] as const) {
    if (value < 1) problem(path, `${path.at(-1)} is less than "1ms"`);
  }
}
