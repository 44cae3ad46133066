import { type Method, methods } from '../methods.ts';

/** Names and values in turn, as Node takes them without looking at each. */
export type RawHeaders = readonly string[];

/** The largest number that `grpc-timeout` has digits for. */
const longestTimeout = 99_999_999;

/** The headers of calls to one server: those of the last deadline are used again, since it is mostly the same. */
export class RequestHeaders {
  readonly #scheme: 'http' | 'https';
  readonly #authority: string;
  readonly #last: Partial<
    Record<Method, { readonly timeout: number | undefined; readonly headers: RawHeaders }>
  > = {};

  constructor(scheme: 'http' | 'https', authority: string) {
    this.#scheme = scheme;
    this.#authority = authority;
  }

  /** `deadline` in milliseconds; the server is told a whole number of them. */
  of(method: Method, deadline: number | undefined): RawHeaders {
    const timeout =
      deadline === undefined ? undefined : Math.min(longestTimeout, Math.max(1, Math.floor(deadline)));
    const last = this.#last[method];
    if (last !== undefined && last.timeout === timeout) return last.headers;
    const headers = [
      ...[':method', 'POST', ':scheme', this.#scheme, ':authority', this.#authority],
      ...[':path', methods[method], 'content-type', 'application/grpc', 'te', 'trailers'],
      ...['user-agent', 'krater', ...(timeout === undefined ? [] : ['grpc-timeout', `${timeout}m`])],
    ];
    this.#last[method] = { timeout, headers };
    return headers;
  }
}
