/** What a line of a series has around its value. */
export interface LineFrame {
  /** The name and a colon. */
  readonly head: string;
  /** Type, sample rate and tags. */
  readonly tail: string;
  /** In front of a gauge below zero: one line that sets it to zero. */
  readonly zero: string;
}

export interface LineOptions {
  readonly dialect: 'statsd' | 'dogstatsd';
  readonly prefix: string;
  readonly kind: keyof typeof types;
  /** With `{dimension}` in it. */
  readonly name: string;
  readonly sampleRate: number;
  readonly tags: readonly string[];
  readonly constantTags: { readonly [key: string]: string };
}

const types = { counter: 'c', gauge: 'g', timing: 'ms', histogram: 'h', distribution: 'd' } as const;
const placeholder = /\{([^{}]*)\}/g;

/** The dimensions that a name has as `{dimension}`, each once. */
export function dimensionsOf(name: string): string[] {
  return [...new Set([...name.matchAll(placeholder)].map(([, dimension = '']) => dimension))];
}

/**
 * The frame of one series' lines: `NAME:` and `|TYPE|@RATE|#TAGS`
 * (https://github.com/statsd/statsd/blob/master/docs/metric_types.md, and DogStatsD's datagram format).
 */
export function lineFrame(options: LineOptions, labels: { readonly [name: string]: string }): LineFrame {
  const { dialect, prefix, kind, sampleRate } = options;
  const name = options.name.replace(placeholder, (_, dimension: string) => namePart(labels[dimension] ?? ''));
  const head = `${prefix === '' ? '' : `${prefix}.`}${name}:`;
  const tags = [
    ...Object.entries(options.constantTags),
    ...options.tags.map(tag => [tag, labels[tag] ?? ''] as const),
  ].map(([key, value]) => `${tagPart(key).replaceAll(':', '_')}:${tagPart(value)}`);
  const rate = sampleRate < 1 ? `|@${sampleRate}` : '';
  const tail = `|${types[kind]}${rate}${tags.length === 0 ? '' : `|#${tags.join(',')}`}`;
  // The original takes a signed gauge for a change of it.
  return { head, tail, zero: kind === 'gauge' && dialect === 'statsd' ? `${head}0${tail}\n` : '' };
}

/** One value, without a line end; two lines for what StatsD would take for a change. */
export function metricLine({ head, tail, zero }: LineFrame, value: number): string {
  return value < 0 ? `${zero}${head}${value}${tail}` : `${head}${value}${tail}`;
}

/** A value inside a name: a dot would begin another level, and everything else but letters means something somewhere. */
function namePart(text: string): string {
  return text === '' ? '_' : text.replace(/[^A-Za-z0-9_-]/g, '_');
}

/** A key or value of a tag: what separates tags, fields and lines becomes an underscore. */
function tagPart(text: string): string {
  return text === '' ? '_' : text.replace(/[\s,|#\p{Cc}]/gu, '_');
}
