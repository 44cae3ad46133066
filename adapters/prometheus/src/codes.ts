/** The codes of the prometheus adapter; spec/errors.md is generated from here. */
export const codes = {
  PROMETHEUS_BAD_LABEL: {
    cause: 'a label of a metric is no dimension of its instance, or its values are no plain text or number',
    remedy: 'add the dimension to the instance, or remove the label from the metric',
  },
  PROMETHEUS_BAD_VALUE: {
    cause: 'the value of an instance is no number, duration or timestamp, so it cannot be counted',
    remedy: 'give the instance a value of type INT64, DOUBLE, DURATION or TIMESTAMP',
  },
  PROMETHEUS_CANNOT_LISTEN: {
    cause: 'the scrape endpoint could not be opened at its address',
    remedy: 'correct endpoint.host and endpoint.port of the handler',
  },
  PROMETHEUS_METRIC_CONFLICT: {
    cause: 'two handlers define a metric of one name in different ways at one endpoint',
    remedy: 'give one of them another name, namespace or endpoint; to move a metric, remove it first',
  },
  PROMETHEUS_NO_METRIC: {
    cause: 'a rule sends an instance for which the handler defines no metric',
    remedy: 'add a metric whose `instance` is the name of the instance, or send it elsewhere',
  },
  PROMETHEUS_PORT_IN_USE: {
    cause: 'something else listens on the port of the scrape endpoint',
    remedy: 'set endpoint.port of the handler to a free port, or to 0 for any',
  },
} as const satisfies Record<string, { cause: string; remedy: string }>;

export type Code = keyof typeof codes;
