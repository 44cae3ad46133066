import type { CallFailure } from '../transport.ts';

/** Failures that no server has told, the same for every transport. */

export function deadlineExceeded(milliseconds: number, seen: CallFailure['seen']): CallFailure {
  const message = `no answer within ${Math.round(milliseconds)} ms`;
  return { code: 'DEADLINE_EXCEEDED', message, seen, by: 'caller' };
}

export function cancelled(seen: CallFailure['seen']): CallFailure {
  return { code: 'CANCELLED', message: 'the caller has given up', seen, by: 'caller' };
}

/** The connection came to nothing, or to an end. */
export function connectionLost(why: string, seen: CallFailure['seen']): CallFailure {
  return { code: 'UNAVAILABLE', message: why, seen, by: 'connection' };
}

/** The side that gave up is ours: a message too large, or what is no message. */
export function unusable(code: 'INTERNAL' | 'RESOURCE_EXHAUSTED', message: string): CallFailure {
  const by = code === 'INTERNAL' ? 'connection' : 'caller';
  return { code, message, seen: 'perhaps', by };
}

/** An error of sockets in words; of a name with several addresses, what each attempt came to; of TLS, the reason. */
export function inWords(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return error.errors.map(inWords).join(', ');
  if (error instanceof Error && 'reason' in error && typeof error.reason === 'string')
    return `TLS: ${error.reason}`;
  return error instanceof Error ? error.message : String(error);
}
