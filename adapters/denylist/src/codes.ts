export const codes = {
  DENYLIST_UNAVAILABLE: {
    cause: 'the list was never read, or not for longer than its expiry, so nothing can be said about a value',
    remedy: 'make the file or url readable again; the log of the handler says what is wrong with it',
  },
  DENYLIST_UNREADABLE: {
    cause: 'the file or url of a list did not answer with a list in time',
    remedy: 'check its address, its status and its timeout',
  },
  DENYLIST_TOO_LARGE: {
    cause: 'the file or url of a list is larger than maxSize',
    remedy: 'raise maxSize, or shorten the list',
  },
  DENYLIST_BAD_CONTENT: {
    cause: 'the file or url of a list has an entry that is none of its type, or is not in its format',
    remedy: 'correct the entry that the message names; until then the last good list serves',
  },
} as const satisfies Record<string, { cause: string; remedy: string }>;

export type Code = keyof typeof codes;
