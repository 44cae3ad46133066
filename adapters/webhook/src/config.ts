import { type ConfigProblem, duration, isHeaderName, isHeaderValue, secret, z } from '@krater/mixer';

export const config = z.strictObject({
  url: z
    .url({ protocol: /^https?$/, error: 'must be an http or https address' })
    .describe('the service that is asked and told'),
  headers: z.record(z.string(), z.string()).default({}).describe('sent with every request'),
  secretHeaders: z.record(z.string(), secret()).default({}).describe('the same, kept secret'),
  ca: secret()
    .optional()
    .describe('PEM certificates to trust instead of the usual ones: { file: PATH } or { env: NAME }'),
  certificate: secret().optional().describe('PEM certificate to show to the service'),
  key: secret().optional().describe('its PEM key'),
  concurrency: z
    .int()
    .min(1)
    .max(10_000)
    .default(100)
    .describe('questions that may wait for an answer at once; further ones fail'),
  maxAnswer: z
    .int()
    .min(1)
    .default(64 * 1024)
    .describe('bytes that an answer may have'),
  retry: z
    .strictObject({
      attempts: z
        .int()
        .min(1)
        .max(10)
        .default(2)
        .describe('how often a question is put at most, within the deadline of the handler'),
      pause: duration('5ms').describe('before the second time; twice as long before each further one'),
    })
    .prefault({}),
  validity: z
    .strictObject({ duration: duration('5s'), uses: z.int().min(0).default(10_000) })
    .prefault({})
    .describe('how long and how often an answer may be reused where it does not say so itself'),
  batch: z
    .strictObject({
      size: z.int().min(1).max(10_000).default(500).describe('instances told together at most'),
      delay: duration('1s').describe('the longest that one waits for others'),
      queue: z
        .int()
        .min(1024)
        .default(8 * 1024 * 1024)
        .describe('characters of JSON that may wait; what does not fit is lost, and counted'),
      timeout: duration('10s').describe('a batch that is not taken by then, tries included, is lost'),
      pause: duration('200ms').describe('before the second try; twice as long before each further one'),
    })
    .prefault({})
    .describe('of reports'),
});

export type Config = z.output<typeof config>;

const owned = new Set([
  'accept',
  'connection',
  'content-length',
  'content-type',
  'host',
  'transfer-encoding',
]);

/** What the shape alone cannot say. */
export function checkConfig(config: Config, problem: ConfigProblem): void {
  const { url, ca, certificate, key, retry, batch } = config;
  checkHeaders(config, problem);
  for (const [name, pem] of Object.entries({ ca, certificate, key })) {
    if (pem === undefined) continue;
    if (new URL(url).protocol !== 'https:') problem([name], `${name} is for an https url only`);
    else if (!pem.reveal().includes('-----BEGIN '))
      problem([name], `${name} is no PEM; found no "-----BEGIN "`);
  }
  if ((certificate === undefined) !== (key === undefined))
    problem([key === undefined ? 'certificate' : 'key'], 'a certificate and its key belong together');
  if (retry.pause < 1) problem(['retry', 'pause'], 'pause is less than "1ms"');
  for (const name of ['delay', 'timeout', 'pause'] as const)
    if (batch[name] < 1) problem(['batch', name], `${name} is less than "1ms"`);
}

function checkHeaders({ headers, secretHeaders }: Config, problem: ConfigProblem): void {
  const plain = Object.entries(headers).map(([name, value]) => ({ at: 'headers', name, value }));
  const secrets = Object.entries(secretHeaders).map(([name, value]) => ({
    at: 'secretHeaders',
    name,
    value: value.reveal(),
  }));
  const seen = new Set<string>();
  for (const { at, name, value } of [...plain, ...secrets]) {
    const header = name.toLowerCase();
    if (!isHeaderName(name)) problem([at, name], `${JSON.stringify(name)} is no header name`);
    else if (owned.has(header)) problem([at, name], `header "${name}" is set by the adapter`);
    else if (seen.has(header)) problem([at, name], `header "${header}" is set twice`, 'keep one of them');
    if (!isHeaderValue(value))
      problem(
        [at, name],
        `the value of header ${JSON.stringify(name)} is not made of visible characters, spaces and tabs`,
      );
    seen.add(header);
  }
}
