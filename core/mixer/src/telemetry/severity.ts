/** From the least to the most severe. */
export const levels = ['debug', 'info', 'warn', 'error'] as const;
export type Level = (typeof levels)[number];

const levelBySpelling = new Map<string, Level>([
  ...(['debug', 'trace', 'verbose'] as const).map(text => [text, 'debug'] as const),
  ...(['', 'default', 'none', 'info', 'information', 'informational', 'notice'] as const).map(
    text => [text, 'info'] as const,
  ),
  ...(['warn', 'warning'] as const).map(text => [text, 'warn'] as const),
  ...(['err', 'error', 'critical', 'fatal', 'alert', 'emergency'] as const).map(
    text => [text, 'error'] as const,
  ),
]);

/** The level of an instance's severity: as the operator maps the spelling, else by the usual ones in any case, else info. */
export function severityMapping(
  own: Readonly<Record<string, Level>>,
): (severity: string | undefined) => Level {
  const levelByExactSpelling = new Map([...levelBySpelling, ...Object.entries(own)]);
  return (severity = '') =>
    levelByExactSpelling.get(severity) ?? levelBySpelling.get(severity.toLowerCase()) ?? 'info';
}
