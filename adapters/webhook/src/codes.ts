/** The codes of the webhook adapter; spec/errors.md is generated from here. */
export const codes = {
  WEBHOOK_UNREACHABLE: {
    cause:
      'the service of a webhook could not be asked: no connection, or one that broke, or it answers that it is busy',
    remedy: 'check its address, its certificate and whether it runs; the message says what happened',
  },
  WEBHOOK_REFUSED: {
    cause: 'the service of a webhook answers with a status that is no success',
    remedy: 'check its path and what it needs to let Krater in; a refusal is a 200 with "allow": false',
  },
  WEBHOOK_BAD_ANSWER: {
    cause: 'what the service of a webhook answers is not in the form that was asked for, or too large',
    remedy: "correct the service: the adapter's README has the form of every answer",
  },
  WEBHOOK_BUSY: {
    cause: 'more calls are waiting for the service of a webhook than its concurrency allows',
    remedy: 'make the service faster, raise concurrency, or shorten the deadline of the handler',
  },
} as const satisfies Record<string, { cause: string; remedy: string }>;

export type Code = keyof typeof codes;
