/** The codes of the logging adapter; spec/errors.md is generated from here. */
export const codes = {
  LOGGING_BAD_TRANSPORT: {
    cause: 'the module of a transport cannot be imported, or what it exports makes no winston transport',
    remedy: 'install the module, and name the class with sink.export',
  },
  LOGGING_CANNOT_OPEN: {
    cause: 'the log file cannot be opened for writing',
    remedy: 'correct sink.path, or the permissions of its folder',
  },
  LOGGING_SINK_CONFLICT: {
    cause: 'two handlers write to one file and rotate it in different ways',
    remedy: 'give them the same sink.rotate, or different files',
  },
  LOGGING_UNKNOWN_FIELD: {
    cause: 'fields lists a variable that the instance does not have',
    remedy: 'correct the name, or add the variable to the instance',
  },
  LOGGING_UNKNOWN_INSTANCE: {
    cause: 'fields names an instance that no rule sends to the handler',
    remedy: 'correct the name; the message lists those that are sent',
  },
} as const satisfies Record<string, { cause: string; remedy: string }>;

export type Code = keyof typeof codes;
