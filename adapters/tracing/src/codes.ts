/** The codes of the tracing adapter; spec/errors.md is generated from here. */
export const codes = {
  TRACING_SDK_MISSING: {
    cause: 'the OpenTelemetry packages that write spans cannot be imported',
    remedy: 'install the adapter again with its dependencies',
  },
} as const satisfies Record<string, { cause: string; remedy: string }>;

export type Code = keyof typeof codes;
