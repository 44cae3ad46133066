/** The codes of what cannot be translated from the original's documents; spec/errors.md is generated from here. */
export const codes = {
  ISTIO_BAD_VALUE: {
    cause: 'a value in a document of config.istio.io/v1alpha2 is none of those its key allows',
    remedy: 'use one of the values that the message lists',
  },
  ISTIO_KEY_TWICE: {
    cause:
      'a key stands twice in one map: in both spellings, camelCase and snake_case, or as two ways to say one thing',
    remedy: 'keep one of them',
  },
  ISTIO_LIST_FORMAT: {
    cause: 'a listchecker fetches a list of addresses, which was YAML there and is one entry a line here',
    remedy: 'serve the list as plain lines',
  },
  ISTIO_MISSING_KEY: {
    cause: 'a document of config.istio.io/v1alpha2 leaves out a key that is needed',
    remedy: 'add the key',
  },
  ISTIO_NO_EFFECT: {
    cause:
      'a key of config.istio.io/v1alpha2 has nothing that it could set here, and leaving it out changes nothing',
    remedy: 'remove it; the message says what holds instead',
  },
  ISTIO_UNKNOWN_KEY: {
    cause: 'a document of config.istio.io/v1alpha2 has a key that its kind does not know',
    remedy: 'correct or remove it; the message lists the keys that exist',
  },
  ISTIO_UNKNOWN_KIND: {
    cause: 'a document of config.istio.io/v1alpha2 has a kind that never existed there',
    remedy: 'correct the kind; kinds of rules, handlers and instances are written in lower case',
  },
  ISTIO_UNSUPPORTED_KEY: {
    cause:
      'a document of config.istio.io/v1alpha2 uses something that Krater does not do, so loading it would mean something else',
    remedy: 'remove the key and follow the hint',
  },
  ISTIO_UNSUPPORTED_KIND: {
    cause:
      'a document of config.istio.io/v1alpha2 has a kind that existed there and that Krater does not serve',
    remedy: 'remove the document and follow the hint',
  },
} as const satisfies Record<string, { cause: string; remedy: string }>;

export type Code = keyof typeof codes;
