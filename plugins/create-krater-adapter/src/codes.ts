/** Every code that this package raises; spec/errors.md is made from it. */
export const codes = {
  CREATE_BAD_NAME: {
    cause: 'an adapter cannot have this name',
    remedy: 'use lower-case letters, digits and dashes, beginning with a letter',
  },
  CREATE_FOLDER_EXISTS: {
    cause: 'the folder that the new package was to be written to exists and is not empty',
    remedy: 'choose another name or another folder: --dir DIR',
  },
  CREATE_UNKNOWN_TEMPLATE: {
    cause: 'a template was named that is not among those of @krater/templates',
    remedy:
      'choose from those that the message lists; a template of your own is written by hand: see the guide',
  },
  CREATE_WRONG_USE: {
    cause: 'the command line is incomplete or has an unknown option',
    remedy: 'see: create-krater-adapter --help',
  },
} as const satisfies Record<string, { cause: string; remedy: string }>;

export type Code = keyof typeof codes;
