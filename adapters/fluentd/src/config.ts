import { type ConfigProblem, duration, secret, z } from '@krater/mixer';
import { checkClientTls, clientTls, levels, size } from '@krater/mixer/telemetry';

/** Where the server listens. */
export type Address = { readonly host: string; readonly port: number } | { readonly path: string };

const network = /^(?:\[([0-9a-fA-F:.]{2,45})\]|([A-Za-z0-9._-]{1,253})):([0-9]{1,5})$/;
const local = /^unix:\/\/(\/.{1,103})$/;

/** Reads `HOST:PORT` (IPv6 in brackets) or `unix:///PATH`; undefined for anything else. */
export function parseAddress(text: string): Address | undefined {
  const path = local.exec(text)?.[1];
  if (path !== undefined) return { path };
  const [, bracketed, plain, digits] = network.exec(text) ?? [];
  const port = Number(digits);
  const host = bracketed ?? plain;
  return host !== undefined && port >= 1 && port <= 65_535 ? { host, port } : undefined;
}

export const config = z.strictObject({
  address: z
    .string()
    .refine(text => parseAddress(text) !== undefined, 'must be HOST:PORT or unix:///PATH')
    .default('127.0.0.1:24224')
    .describe('HOST:PORT or unix:///PATH of a forward input'),
  tag: z
    .string()
    .regex(/^(?:[^{}\s]|\{instance\}){1,256}$/, 'must be a tag, in which {instance} may stand for the name')
    .default('krater.{instance}')
    .describe('the tag of every entry; {instance} stands for the name of the instance'),
  mode: z
    .enum(['packed', 'compressed', 'forward'])
    .default('packed')
    .describe('PackedForward, CompressedPackedForward (gzip) or Forward'),
  acks: z.boolean().default(true).describe('have the server confirm every chunk; sent again if it does not'),
  tls: clientTls.optional().describe('speak TLS; {} believes the usual authorities'),
  sharedKey: secret().optional().describe('the shared_key of the server'),
  hostname: z
    .string()
    .min(1)
    .max(255)
    .default('krater')
    .describe('how the handshake calls this side (self_hostname)'),
  user: z
    .strictObject({ name: z.string().min(1).max(255), password: secret() })
    .optional()
    .describe('for servers that ask for a user besides the shared key'),
  severities: z
    .record(z.string(), z.enum(levels))
    .default({})
    .describe('which severity texts mean which level'),
  mask: z
    .array(z.string().min(1))
    .default([])
    .describe(
      'variables and map keys whose values are written as ***, besides authorization, cookie and their like',
    ),
  buffer: z
    .strictObject({
      size: size('8MiB').describe('what may wait to be sent; further entries are lost'),
      chunk: size('512KiB').describe('what is sent together at most'),
      delay: duration('1s').describe('the longest that an entry waits for others'),
      timeout: duration('60s').describe('a chunk that is not taken by then, tries included, is lost'),
    })
    .prefault({}),
});

export type Config = z.output<typeof config>;

/** What the shape alone cannot say: limits that hang together, and what goes with what. */
export function checkConfig({ buffer, tls, user, sharedKey }: Config, problem: ConfigProblem): void {
  if (buffer.chunk < 1_024)
    problem(['buffer', 'chunk'], `chunk is ${buffer.chunk} bytes; the least is "1KiB"`);
  if (buffer.chunk > buffer.size) {
    problem(
      ['buffer', 'chunk'],
      `chunk is ${buffer.chunk} bytes, more than the buffer holds (${buffer.size})`,
      'make buffer.size larger',
    );
  }
  if (buffer.delay < 1) problem(['buffer', 'delay'], 'delay is less than "1ms"');
  if (buffer.timeout < 1) problem(['buffer', 'timeout'], 'timeout is less than "1ms"');
  if (user !== undefined && sharedKey === undefined)
    problem(['user'], 'a user is asked for together with a shared key only', 'add sharedKey');
  if (tls !== undefined) checkClientTls(tls, ['tls'], problem);
}
