import { Agent as PlainAgent, request as plainRequest } from 'node:http';
import { Agent as TlsAgent, request as tlsRequest } from 'node:https';
import { promisify } from 'node:util';
import { gzip as gzipCallback } from 'node:zlib';
import type { Clock } from '@krater/mixer';
import { type Delivery, type Destination, tlsOptions } from '@krater/mixer/telemetry';
import type { Config } from './config.ts';
import type { Encoding } from './encoding.ts';

const gzip = promisify(gzipCallback);
/** OTLP/HTTP, "Retryable Response Codes". */
const retryable = new Set([429, 502, 503, 504]);
const longestAnswer = 64 * 1024;

interface HttpAnswer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly body: Uint8Array;
}

/**
 * An OTLP/HTTP collector (https://opentelemetry.io/docs/specs/otlp/#otlphttp). Not by `fetch`, because that cannot be
 * told whom to believe.
 */
export class Collector {
  readonly #config: Config;
  readonly #clock: Clock;
  readonly #headers: Record<string, string>;
  readonly #agent: PlainAgent | TlsAgent;

  constructor(config: Config, clock: Clock) {
    this.#config = config;
    this.#clock = clock;
    this.#headers = { ...config.headers };
    for (const [name, secret] of Object.entries(config.secretHeaders)) this.#headers[name] = secret.reveal();
    const options = { keepAlive: true, maxSockets: 2 };
    this.#agent = config.endpoint.startsWith('https:')
      ? new TlsAgent({ ...options, ...tlsOptions(config.tls ?? {}) })
      : new PlainAgent(options);
  }

  /** Where one signal is sent: `path` is added to the endpoint. */
  signal<T>(path: '/v1/metrics' | '/v1/logs', { encode, rejected }: Encoding<T>): Destination<T> {
    return {
      send: async (records, signal): Promise<Delivery<T>> => {
        try {
          const { status, retryAfter, body } = await this.#post(path, encode(records), signal);
          if (status >= 200 && status < 300)
            return { taken: records.length - rejectedOf(rejected, body, records.length) };
          const told = `the collector answers ${status}`;
          if (!retryable.has(status)) return { refused: told };
          return { again: told, after: this.#pauseOf(retryAfter) };
        } catch (error) {
          const { message, code } = error as NodeJS.ErrnoException;
          return { again: message || String(code) };
        }
      },
    };
  }

  close(): void {
    this.#agent.destroy();
  }

  async #post(path: string, plain: Uint8Array, signal: AbortSignal): Promise<HttpAnswer> {
    const { endpoint, protocol, compression } = this.#config;
    const body = compression === 'gzip' ? await gzip(plain) : plain;
    const url = `${endpoint.replace(/\/+$/, '')}${path}`;
    const headers = {
      ...this.#headers,
      'content-type': protocol === 'json' ? 'application/json' : 'application/x-protobuf',
      'content-length': body.length,
      ...(compression === 'gzip' && { 'content-encoding': 'gzip' }),
    };
    const { promise, resolve, reject } = Promise.withResolvers<HttpAnswer>();
    const send = url.startsWith('https:') ? tlsRequest : plainRequest;
    const request = send(url, { method: 'POST', headers, agent: this.#agent, signal }, async response => {
      try {
        const chunks: Uint8Array[] = [];
        let length = 0;
        for await (const chunk of response) {
          length += chunk.length;
          if (length > longestAnswer) break;
          chunks.push(chunk);
        }
        const status = response.statusCode ?? 0;
        resolve({ status, retryAfter: response.headers['retry-after'], body: Buffer.concat(chunks) });
      } catch (error) {
        reject(error);
      }
    });
    request.on('error', reject);
    request.end(body);
    return promise;
  }

  /** Milliseconds of a Retry-After header, which has seconds or a date (RFC 9110, 10.2.3). */
  #pauseOf(retryAfter: string | undefined): number {
    if (retryAfter === undefined) return 0;
    const wait = /^[0-9]{1,9}$/.test(retryAfter)
      ? Number(retryAfter) * 1e3
      : Date.parse(retryAfter) - this.#clock.now();
    return Number.isFinite(wait) ? Math.max(0, wait) : 0;
  }
}

/** An answer that cannot be read is one that rejects nothing: the status has said that the request was taken. */
function rejectedOf(rejected: (body: Uint8Array) => number, body: Uint8Array, most: number): number {
  try {
    const count = rejected(body);
    return count > 0 ? Math.min(Math.trunc(count), most) : 0;
  } catch {
    return 0;
  }
}
