/** The canonical status codes of RPC (google.rpc.Code): name to number, and the HTTP status each one maps to. */
export const statusCodes = {
  OK: { number: 0, http: 200 },
  CANCELLED: { number: 1, http: 499 },
  UNKNOWN: { number: 2, http: 500 },
  INVALID_ARGUMENT: { number: 3, http: 400 },
  DEADLINE_EXCEEDED: { number: 4, http: 504 },
  NOT_FOUND: { number: 5, http: 404 },
  ALREADY_EXISTS: { number: 6, http: 409 },
  PERMISSION_DENIED: { number: 7, http: 403 },
  RESOURCE_EXHAUSTED: { number: 8, http: 429 },
  FAILED_PRECONDITION: { number: 9, http: 400 },
  ABORTED: { number: 10, http: 409 },
  OUT_OF_RANGE: { number: 11, http: 400 },
  UNIMPLEMENTED: { number: 12, http: 501 },
  INTERNAL: { number: 13, http: 500 },
  UNAVAILABLE: { number: 14, http: 503 },
  DATA_LOSS: { number: 15, http: 500 },
  UNAUTHENTICATED: { number: 16, http: 401 },
} as const;

export type StatusCode = keyof typeof statusCodes;
export type RefusalCode = Exclude<StatusCode, 'OK'>;

export interface Status {
  readonly code: StatusCode;
  readonly message: string;
}

export const ok: Status = { code: 'OK', message: '' };

/** The HTTP status that a caller sees for a refusal. */
export function httpStatusOf(code: StatusCode): number {
  return statusCodes[code].http;
}

export function statusCodeByNumber(number: number): StatusCode | undefined {
  return (Object.keys(statusCodes) as StatusCode[]).find(code => statusCodes[code].number === number);
}
