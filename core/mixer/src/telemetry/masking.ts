const always = [
  'authorization',
  'proxy-authorization',
  'cookie',
  'set-cookie',
  'x-api-key',
  'api-key',
  'x-auth-token',
  'x-csrf-token',
  'x-krater-peer',
  'password',
  'secret',
];

export const masked = '***';

/** Whether the value of a variable or map key is written as `***`: credentials by their usual names, and those named. */
export function masking(named: readonly string[]): (name: string) => boolean {
  const names = new Set([...always, ...named.map(name => name.toLowerCase())]);
  return name => names.has(name) || names.has(name.toLowerCase());
}
