import { duration } from '@krater/documents';
import { z } from 'zod';

const units = { KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 } as const;
const sizePattern = /^([0-9]{1,6})(KiB|MiB|GiB)$/;
const least = 16 * units.MiB;

/** `"128MiB"` in YAML, bytes after decoding. */
const memory = z
  .string()
  .regex(sizePattern, 'allowed: a size such as "128MiB" or "1GiB"')
  .transform(text => {
    const [, amount, unit] = sizePattern.exec(text) ?? [];
    return Number(amount) * units[unit as keyof typeof units];
  })
  .refine(bytes => bytes >= least, 'allowed: 16MiB or more');

const calls = {
  concurrency: z.int().min(1).max(10_000).default(64).describe('calls that may be in it at once'),
  queue: z
    .int()
    .min(0)
    .max(100_000)
    .default(256)
    .describe('calls that may wait for their turn; one more is refused at once'),
};
const liveness = {
  timeout: duration('1s').describe('how long it may show no sign of life before it is started anew'),
};
const footprint = {
  memory: memory.prefault('256MiB').describe('heap beyond which it is started anew'),
};

const inline = z.strictObject({ mode: z.literal('inline'), ...calls });
const worker = z.strictObject({ mode: z.literal('worker'), ...calls, ...liveness, ...footprint });
const child = z.strictObject({
  mode: z.literal('process'),
  ...calls,
  ...liveness,
  ...footprint,
  writable: z.array(z.string().min(1)).default([]).describe('files and folders that it may write'),
});
const remote = z.strictObject({
  mode: z.literal('remote'),
  ...calls,
  ...liveness,
  address: z
    .string()
    .regex(/^[^\s/]+:\d{1,5}$/, 'allowed: HOST:PORT')
    .describe('where "krater adapters serve" listens: HOST:PORT'),
  tls: z
    .strictObject({
      ca: z.string().min(1).optional().describe('file of the authorities that are trusted, in PEM'),
      certificate: z.string().min(1).optional().describe('file of our own certificate, in PEM'),
      key: z.string().min(1).optional().describe('file of its private key, in PEM'),
    })
    .refine(({ certificate, key }) => (certificate === undefined) === (key === undefined), {
      error: 'a certificate and its key belong together, found only one of them',
    })
    .optional()
    .describe('encrypts; needed for an address beyond loopback'),
});

const settings = z.discriminatedUnion('mode', [inline, worker, child, remote]);

/** Where a handler runs, and what it may use: `isolation: worker`, or a map with the mode in it. */
export const isolationSpec = z
  .union([z.enum(['inline', 'worker', 'process']), settings])
  .transform(given => (typeof given === 'string' ? isolationSettings(given) : given));

/** Decoded: sizes in bytes, times in milliseconds. */
export type IsolationSettings = z.output<typeof settings>;

/** What a mode means where nothing else is said. */
export function isolationSettings(mode: 'inline' | 'worker' | 'process'): IsolationSettings {
  return settings.parse({ mode });
}
