/** What can be wrong with how a client of Mixers is made; spec/errors.md is generated from here. */
export const codes = {
  WIRE_BAD_CLIENT: {
    cause: 'a client of Mixers is made without an address, or with an id that no Mixer takes',
    remedy:
      "name one or more addresses, such as ['127.0.0.1:9091']; leave the id out, or keep it to 128 characters",
  },
} as const satisfies Record<string, { cause: string; remedy: string }>;
