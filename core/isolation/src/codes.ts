/** The codes of isolated handlers; spec/errors.md is generated from here. */
export const codes = {
  HANDLER_BROKEN: {
    cause: 'the handler failed several times in a row, so it is not asked for a while',
    remedy: 'see the failures before it in the log; it is tried again by itself',
  },
  HANDLER_ISOLATE_ENDED: {
    cause: 'the thread, process or connection that the handler runs in ended while it was asked',
    remedy: 'the message says why; it is started anew by itself',
  },
  HANDLER_NOT_ISOLABLE: {
    cause: 'a handler is to run apart, but its adapter was given by value and cannot be imported again there',
    remedy: 'name an installed adapter, or write isolation: inline',
  },
  HANDLER_OVERLOADED: {
    cause: 'as many calls as may are in the handler, and its queue is full',
    remedy: 'raise "concurrency" or "queue" of its isolation, or make the backend faster',
  },
  HANDLER_RESTARTING: {
    cause: 'what the handler runs in has ended and is being started anew',
    remedy: 'wait; the log says why it ended, and krater status shows when it is back',
  },
  ISOLATE_MESSAGE_TOO_LONG: {
    cause: 'what is to be told to or by an isolated handler at once is too long',
    remedy: 'report in smaller batches, or answer less',
  },
  ISOLATE_OTHER_ADAPTER: {
    cause: 'the server of remote handlers serves another adapter than the one that is asked for',
    remedy: 'correct the address of the isolation, or serve the adapter that the configuration names',
  },
  ISOLATE_PROTOCOL: {
    cause:
      'a host and an isolate do not speak the same version of their protocol, or one of them speaks none',
    remedy: 'run the same version of Krater on both sides',
  },
  ISOLATE_SERVICE: {
    cause: 'a service that was chosen for a handler is not offered where the handler runs',
    remedy: 'look whether its file was changed after it was loaded, and touch the configuration',
  },
  ISOLATE_TLS_NEEDED: {
    cause: 'remote handlers beyond this machine are to be reached, or served, without certificates',
    remedy: 'give both sides certificates, or stay on loopback',
  },
  ISOLATE_TLS_UNREADABLE: {
    cause: 'a file of certificates that an isolation names cannot be read',
    remedy: 'correct its path, or who may read it',
  },
} as const satisfies Record<string, { readonly cause: string; readonly remedy: string }>;

export type Code = keyof typeof codes;
