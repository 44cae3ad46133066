import type { Exchange } from '../exchange.ts';
import { sortRequestFields } from '../http/request-fields.ts';
import { isAuthority, parseRequestTarget } from '../http/request-target.ts';
import type { Layer } from '../layer.ts';
import type { Side } from '../side.ts';

/** Field lines of one request. */
const maxFields = 128;

interface Refusal {
  readonly code: number;
  readonly message: string;
}

/**
 * Refuses what Node's parser lets pass but another reader could understand differently: RFC 9112 §3.2 (Host), §3.2.2
 * (absolute form), §6.1 (codings other than chunked, chunked in HTTP/1.0), §9.8 of RFC 6455 (a handshake with a body).
 */
export function admission({ statistics }: Side): Layer {
  return {
    name: 'admission',
    around: next => exchange => {
      const refusal = admit(exchange);
      if (refusal === undefined) return next(exchange);
      statistics.malformed++;
      exchange.closing = true;
      exchange.reply({ ...refusal, reason: 'MALFORMED_REQUEST', flag: 'DPE' });
    },
  };
}

function admit(exchange: Exchange): Refusal | undefined {
  const { request } = exchange;
  const rawHeaders = request.rawHeaders;
  if (request.httpVersionMajor !== 1 || request.httpVersionMinor > 1)
    return { code: 505, message: 'only HTTP/1.0 and HTTP/1.1 are spoken here' };
  if (rawHeaders.length > maxFields * 2)
    return { code: 431, message: `more than ${maxFields} header fields` };
  const fields = sortRequestFields(rawHeaders);
  exchange.fields = fields;

  const target = parseRequestTarget(request.method as string, request.url as string);
  if (target === undefined) return bad('the request target is neither a path nor an http URL');
  exchange.path = target.path;

  const { map } = fields;
  if (fields.hosts > 1) return bad('more than one host field');
  if (fields.hosts === 0 && request.httpVersionMinor === 1) return bad('no host field');
  const authority = target.authority ?? map.host ?? '';
  if (authority !== '' ? !isAuthority(authority) : request.httpVersionMinor === 1)
    return bad('the host field is not a host name');
  exchange.authority = authority;
  if (target.authority !== undefined) map.host = target.authority;

  if (fields.transferEncodings > 0) {
    if (map['content-length'] !== undefined || request.httpVersionMinor === 0)
      return bad('conflicting framing of the body');
    if (map['transfer-encoding']?.toLowerCase() !== 'chunked')
      return { code: 501, message: 'the only transfer coding understood is chunked' };
  }
  if (exchange.upgradeHead !== undefined && exchange.hasBody) return bad('a handshake with a body');
  return undefined;
}

function bad(message: string): Refusal {
  return { code: 400, message };
}
