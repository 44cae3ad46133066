/** Where the daemon listens. */
export type Address =
  | { readonly transport: 'udp' | 'tcp'; readonly host: string; readonly port: number }
  | { readonly transport: 'unix'; readonly path: string };

const network = /^(udp|tcp):\/\/(?:\[([0-9a-fA-F:.]{2,45})\]|([A-Za-z0-9._-]{1,253})):([0-9]{1,5})$/;
const local = /^unix:\/\/(\/.{1,103})$/;

/** Reads `udp://HOST:PORT`, `tcp://HOST:PORT` (IPv6 in brackets) or `unix:///PATH`; undefined for anything else. */
export function parseAddress(text: string): Address | undefined {
  const path = local.exec(text)?.[1];
  if (path !== undefined) return { transport: 'unix', path };
  const [, transport, bracketed, plain, digits] = network.exec(text) ?? [];
  const port = Number(digits);
  const host = bracketed ?? plain;
  if (host === undefined || !(port >= 1 && port <= 65_535)) return undefined;
  return { transport: transport as 'udp' | 'tcp', host, port };
}
