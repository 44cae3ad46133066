/** The codes of the statsd adapter; spec/errors.md is generated from here. */
export const codes = {
  STATSD_BAD_LABEL: {
    cause:
      'a tag or a part of a name is no dimension of its instance, or its values are no plain text or number',
    remedy: 'add the dimension to the instance, or remove it from the tags or the name of the metric',
  },
  STATSD_BAD_VALUE: {
    cause: 'the value of an instance is no number, duration or timestamp, so it cannot be sent as a metric',
    remedy: 'give the instance a value of type INT64, DOUBLE, DURATION or TIMESTAMP',
  },
  STATSD_NO_METRIC: {
    cause: 'a rule sends an instance for which the handler defines no metric',
    remedy: 'add a metric whose `instance` is the name of the instance, or send it elsewhere',
  },
} as const satisfies Record<string, { cause: string; remedy: string }>;

export type Code = keyof typeof codes;
