/** The codes of everything that can be wrong with a document before anyone knows what it is for. */
export const codes = {
  CONFIG_BAD_FORMAT: {
    cause: 'a text does not have the form that its key asks for, such as a duration or a URL',
    remedy: 'write it in the form that the message gives',
  },
  CONFIG_BAD_VALUE: {
    cause: 'a value is none of those allowed, or a check of its schema refused it',
    remedy: 'use one of the allowed values',
  },
  CONFIG_MISSING_KEY: { cause: 'a required key is not there', remedy: 'add the key' },
  CONFIG_OUT_OF_RANGE: {
    cause: 'a number, or the length of a text or list, is outside its allowed range',
    remedy: 'stay within the range that the message gives',
  },
  CONFIG_REFUSED: {
    cause: 'a configuration has problems; the error carries all of them',
    remedy: 'correct every problem that is listed; the configuration before it stays in force',
  },
  CONFIG_RESERVED_KEY: {
    cause: 'the key "__proto__" stands where keys become fields of an object',
    remedy: 'use another key',
  },
  CONFIG_UNKNOWN_KEY: {
    cause: 'a key that nothing reads, often a misspelt one',
    remedy: 'correct or remove it; the message lists the allowed keys',
  },
  CONFIG_WRONG_TYPE: {
    cause: 'a value is of another type than its key asks for',
    remedy: 'write a value of the type that the message names; quotes make a text of anything',
  },
  DOCUMENT_BAD_NAME: {
    cause: 'a name or namespace has characters that names cannot have',
    remedy:
      'use letters, digits, "-", "_" and "."; begin and end with a letter or digit; at most 253 characters',
  },
  DOCUMENT_NOT_A_MAP: {
    cause: 'a document is a single value or a list',
    remedy: 'begin it with apiVersion, kind and metadata',
  },
  DOCUMENT_UNKNOWN_API_VERSION: {
    cause: 'an apiVersion resembles an accepted one but is none',
    remedy: 'use one of the accepted versions that the message lists',
  },
  FILE_BROKEN_LINK: {
    cause: 'a symbolic link in the configuration folder leads nowhere',
    remedy: 'remove the link or restore its target',
  },
  FILE_NOT_FOUND: { cause: 'the configuration file or folder does not exist', remedy: 'correct the path' },
  FILE_NOT_TEXT: { cause: 'a file is not UTF-8 text', remedy: 'save it as UTF-8' },
  FILE_TOO_LARGE: {
    cause: 'a file or folder is larger than a configuration may be',
    remedy: 'split it, or name another folder',
  },
  SECRET_IN_CLEAR: {
    cause: 'a secret is written into the configuration itself',
    remedy: 'write { env: NAME } or { file: PATH } instead, and change the secret, since it has been seen',
  },
  SECRET_MISSING: {
    cause: 'the environment variable or file of a secret is not there, not readable, or empty',
    remedy: 'set the variable or write the file; a path counts from the folder of the configuration file',
  },
  YAML_ALIAS_CYCLE: {
    cause: 'an alias stands inside the value that it repeats',
    remedy: 'write the value out',
  },
  YAML_BAD_ESCAPE: {
    cause: 'a double-quoted value has an escape that YAML does not know',
    remedy: 'double the backslash, or use single quotes',
  },
  YAML_BAD_MERGE: {
    cause: 'the merge key "<<" has something else than a map or a list of maps',
    remedy: 'write: <<: *NAME',
  },
  YAML_BAD_START: {
    cause: 'an unquoted value starts with a character that YAML reserves',
    remedy: 'quote the whole value',
  },
  YAML_COLLECTION_KEY: {
    cause: 'a map or list stands where a key should, often because an expression is not quoted',
    remedy: 'quote the whole expression, or use a plain key',
  },
  YAML_COLON_IN_VALUE: {
    cause: 'an unquoted value contains ": ", which makes a map of it',
    remedy: 'quote the whole value',
  },
  YAML_COMMENT_IN_VALUE: {
    cause: 'an unquoted expression contains " #", and everything after it would be a comment',
    remedy: 'quote the whole expression',
  },
  YAML_COMPLEX_KEY: { cause: 'an unquoted value starts with "?"', remedy: 'quote the whole value' },
  YAML_DIRECTIVE: {
    cause: 'a "%" directive that is unknown or changes the meaning of values',
    remedy: 'remove the line',
  },
  YAML_DUPLICATE_KEY: { cause: 'a map has one key twice', remedy: 'keep one of them' },
  YAML_EMPTY_KEY: { cause: 'a key is empty or null', remedy: 'write a name before the ":"' },
  YAML_INDENT: {
    cause: 'a line is indented between the levels of the lines above it',
    remedy: 'give all keys of a map, and all items of a list, the same indentation',
  },
  YAML_KEY_WITHOUT_VALUE: {
    cause: 'inside { … } a key has no value: an expression without quotes, or no space after the colon',
    remedy: 'write "key: value", or quote the whole expression',
  },
  YAML_NO_COLON: {
    cause: 'a line inside a map is neither a key with ":" nor the continuation of a value',
    remedy: 'put ": " after the key, or indent the line deeper than the key it continues',
  },
  YAML_SYNTAX: {
    cause: 'the text is no YAML',
    remedy: 'follow the message; quoting the whole value often helps',
  },
  YAML_TAB: { cause: 'a tab stands where lines are indented', remedy: 'indent with spaces' },
  YAML_TAG: {
    cause: 'an unquoted value starts with "!", which YAML reads as a tag and drops',
    remedy: 'quote the whole expression',
  },
  YAML_TEXT_AFTER_VALUE: {
    cause: 'more text follows where a value has ended: after a quote, or after a bracket inside { … }',
    remedy: 'quote the whole expression',
  },
  YAML_TOO_DEEP: { cause: 'a document is nested deeper than 100 levels', remedy: 'flatten it' },
  YAML_TOO_LARGE: {
    cause: 'a file or document is too large, aliases counted with what they repeat',
    remedy: 'split it',
  },
  YAML_UNCLOSED: { cause: 'a quote, bracket or brace is not closed', remedy: 'close it' },
  YAML_UNKNOWN_ALIAS: {
    cause:
      'an alias "*NAME" has no anchor "&NAME" before it in its document; often an expression that starts with "*"',
    remedy: 'correct the name, or quote the whole expression',
  },
} as const satisfies Record<string, { readonly cause: string; readonly remedy: string }>;

export type Code = keyof typeof codes;
