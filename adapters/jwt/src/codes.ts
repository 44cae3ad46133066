/** The codes of the jwt adapter; spec/errors.md is generated from here. */
export const codes = {
  JWT_UNAVAILABLE: {
    cause: 'the keys were never read, or not for longer than their expiry, so no token can be verified',
    remedy:
      'make the file or url of the keys readable again; the log of the handler says what is wrong with it',
  },
  JWT_UNREADABLE: {
    cause: 'the file or url of the keys did not answer with a key set in time',
    remedy: 'check its address, its status, its certificate and its timeout',
  },
  JWT_TOO_LARGE: {
    cause: 'the file or url of the keys is larger than maxSize, or has too many keys',
    remedy: 'raise maxSize, or remove keys that are no longer used',
  },
  JWT_BAD_KEYS: {
    cause: 'what was read is no JSON Web Key Set, or has no public key that signatures can be verified with',
    remedy: 'publish a key set after RFC 7517; until then the last good keys serve',
  },
} as const satisfies Record<string, { cause: string; remedy: string }>;

export type Code = keyof typeof codes;
