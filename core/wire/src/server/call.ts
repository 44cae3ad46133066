import type { RefusalCode } from '@krater/mixer';
import type { Caller } from './caller.ts';
import type { EndpointCounts } from './statistics.ts';

/** A unary call whose message is complete, as an endpoint hands it to the service. */
export interface Call {
  readonly request: Buffer;
  readonly caller: Caller;
  /** When the caller stops waiting, on the ambient clock; `Infinity` where it did not say. */
  readonly deadline: number;
  readonly counts: EndpointCounts;
  /** The caller has gone; told to those who ask only, since most calls are answered before anybody can. */
  readonly gone: boolean;
  whenGone(listener: () => void): void;
}

/** Why a call has no answer: a status of gRPC, with a text for people. */
export interface CallRefusal {
  readonly code: RefusalCode;
  readonly message: string;
}

export type CallAnswer = Buffer | CallRefusal;

/** The answer to a call whose time is up; nobody may be left to read it. */
export const late: CallRefusal = {
  code: 'DEADLINE_EXCEEDED',
  message: 'the deadline passed before there was an answer',
};

export function isRefusal(answer: CallAnswer): answer is CallRefusal {
  return !Buffer.isBuffer(answer);
}
