/** The codes of the otlp adapter; spec/errors.md is generated from here. */
export const codes = {
  OTLP_BAD_LABEL: {
    cause: 'a label of a metric is no dimension of its instance, or its values are no plain text or number',
    remedy: 'add the dimension to the instance, or remove the label from the metric',
  },
  OTLP_BAD_VALUE: {
    cause: 'the value of an instance is no number, duration or timestamp, so it cannot be counted',
    remedy: 'give the instance a value of type INT64, DOUBLE, DURATION or TIMESTAMP',
  },
  OTLP_NO_METRIC: {
    cause: 'a rule sends a metric instance for which the handler defines no metric',
    remedy: 'add a metric whose `instance` is the name of the instance, or send it elsewhere',
  },
} as const satisfies Record<string, { cause: string; remedy: string }>;

export type Code = keyof typeof codes;
