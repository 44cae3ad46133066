/** Every code that this package raises; spec/errors.md is made from it. */
export const codes = {
  CLI_BAD_ADDRESS: {
    cause: 'an address is not HOST:PORT',
    remedy: 'write it like 127.0.0.1:9093',
  },
  CLI_BAD_ATTRIBUTE: {
    cause:
      'an attribute on the command line is not NAME=VALUE, is unknown, or its value does not have its type',
    remedy: 'look up the name and type with: krater attributes',
  },
  CLI_CALL_REFUSED: {
    cause: 'a Mixer answered a call with an error instead of a decision, such as a missing right',
    remedy: 'follow the message; the right to check and to report is given by the flags of krater mixer',
  },
  CLI_EMPTY_FOLDER: {
    cause: 'the configuration folder holds no YAML file',
    remedy: 'name the right folder, or make one with: krater init DIR',
  },
  CLI_FILE_EXISTS: {
    cause: 'krater init would overwrite a file',
    remedy: 'name an empty folder',
  },
  CLI_NOT_RUNNING: {
    cause: 'nothing answers on the admin address',
    remedy: 'start it with krater up, or name its address with --address',
  },
  CLI_NO_ANSWER: {
    cause: 'no Mixer answers on the address within the deadline',
    remedy:
      'start one with krater mixer or krater up, correct the address, or give it more time with --deadline',
  },
  CLI_NPM_FAILED: {
    cause: 'npm could not find or install a package',
    remedy: 'follow what npm says; the hint has the command to see more',
  },
  CLI_PORT_IN_USE: {
    cause: 'a port to listen on is taken by another process',
    remedy:
      'stop the other process, or choose another port with the flag or setting that the message names; 0 chooses one',
  },
  CLI_TOKEN_NEEDED: {
    cause: 'the admin port was to be bound beyond loopback without a token',
    remedy: 'set --admin-token or KRATER_ADMIN_TOKEN, or stay on 127.0.0.1',
  },
  CLI_TOKEN_REFUSED: {
    cause: 'the admin port needs a token and got none, or another one',
    remedy: 'pass the token that krater up was started with: --admin-token or KRATER_ADMIN_TOKEN',
  },
  CLI_UNREADABLE_FILE: {
    cause: 'a file named on the command line cannot be read, or does not hold what was expected',
    remedy: 'check its path and content',
  },
  CLI_UNKNOWN_SERVICE: {
    cause: 'a proxy was to stand before a service or workload that no Service declares',
    remedy: 'name one of those in the hint, or declare it in the configuration',
  },
  CLI_WRONG_USE: {
    cause: 'arguments of a command contradict one another or are missing',
    remedy: 'see: krater COMMAND --help',
  },
} as const satisfies Record<string, { cause: string; remedy: string }>;

export type Code = keyof typeof codes;
