import { type ConfigProblem, duration, z } from '@krater/mixer';
import { buildMatcher } from './matcher.ts';

export const config = z.strictObject({
  entries: z.array(z.string()).default([]).describe('what is listed, beside what the file or url lists'),
  file: z.string().min(1).optional().describe('path of a list'),
  url: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('http or https address of a list'),
  format: z
    .enum(['lines', 'json'])
    .default('lines')
    .describe('of the file or url: one entry a line, # for comments; or a JSON array of strings'),
  refresh: duration('60s').describe('how often the file or url is read again'),
  timeout: duration('5s').describe('how long reading it may take'),
  maxSize: z
    .int()
    .min(1)
    .default(10 * 1024 * 1024)
    .describe('how many bytes it may have'),
  expiry: duration('5m').describe('how long a list serves that could not be read again'),
  type: z
    .enum(['strings', 'case-insensitive', 'cidr', 'regex'])
    .default('strings')
    .describe('how entries are compared with values'),
  mode: z.enum(['deny', 'allow']).default('deny').describe('what being listed means'),
  validity: z
    .strictObject({
      duration: duration('5m').describe(
        'at most; an answer from a file or url is not reused beyond its next refresh',
      ),
      uses: z.int().min(0).default(10_000),
    })
    .prefault({})
    .describe('how long and how often an answer may be reused'),
});

export type Config = z.output<typeof config>;

/** What the shape alone cannot say. */
export function checkConfig(
  { entries, file, url, refresh, expiry, timeout, type }: Config,
  problem: ConfigProblem,
): void {
  if (file !== undefined && url !== undefined)
    problem(['url'], 'a list comes from a file or from a url, not from both');
  if (refresh < 1000) problem(['refresh'], 'a refresh more often than once a second', 'write 1s or more');
  if (timeout <= 0) problem(['timeout'], 'a timeout of nothing', 'write a duration such as 5s');
  if (expiry < refresh)
    problem(
      ['expiry'],
      'a list that expires before it is refreshed',
      'write an expiry that is longer than the refresh',
    );
  const matcher = buildMatcher(type, entries);
  for (const { index, message } of matcher.mistakes) problem(['entries', index], message);
}
