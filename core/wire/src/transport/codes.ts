/** What can be wrong with where a client is to connect; spec/errors.md is generated from here. */
export const codes = {
  WIRE_BAD_ADDRESS: {
    cause: 'what is given as the address of a Mixer is none',
    remedy: 'write HOST:PORT, such as 127.0.0.1:9091 or [::1]:9091, or unix:PATH',
  },
} as const satisfies Record<string, { cause: string; remedy: string }>;
