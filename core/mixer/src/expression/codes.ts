type Codes = Record<string, { cause: string; remedy: string }>;

/** What can be wrong with an expression when it is loaded (`compile`) and when it is evaluated. */
export const codes = {
  EXPRESSION_EMPTY: {
    cause: 'an expression is an empty text',
    remedy: 'write an expression; a match that always applies is `true`, an empty text is `""`',
  },
  EXPRESSION_SYNTAX: {
    cause: 'the text of an expression ends too early, or has something in a place where it cannot stand',
    remedy: 'look at the marked place; quote the whole expression if YAML has cut it',
  },
  EXPRESSION_SINGLE_EQUALS: { cause: 'a comparison is written with one equals sign', remedy: 'write `==`' },
  EXPRESSION_SINGLE_QUOTES: {
    cause: 'a text of more than one character stands in single quotes',
    remedy: 'write it in double quotes',
  },
  EXPRESSION_WORD_OPERATOR: {
    cause: '`and`, `or` or `not` is used as an operator',
    remedy: 'write `&&`, `||` or `!`',
  },
  EXPRESSION_UNSUPPORTED_OPERATOR: {
    cause:
      'an operator of another language is used: arithmetic other than `+`, `? :`, a unary plus, bit operations',
    remedy: 'use the operators of the expression language; `conditional(test, a, b)` chooses',
  },
  EXPRESSION_UNTERMINATED_TEXT: { cause: 'a quoted text has no end', remedy: 'close the quotes' },
  EXPRESSION_BAD_ESCAPE: {
    cause: 'a quoted text holds a backslash sequence that does not exist',
    remedy: 'write `\\\\` for a backslash, or put the text into back quotes',
  },
  EXPRESSION_BAD_NUMBER: {
    cause: 'a number is malformed or does not fit its type (INT64, DOUBLE)',
    remedy: 'write decimal digits; a DOUBLE has a point',
  },
  EXPRESSION_TOO_LARGE: {
    cause: 'an expression is longer than 65,536 characters or nested deeper than 200 levels',
    remedy: 'split it into several rules, or move lists into an adapter such as denylist',
  },
  EXPRESSION_UNKNOWN_ATTRIBUTE: {
    cause: 'an expression reads an attribute that no manifest declares',
    remedy: 'correct the name (`krater attributes` lists them) or declare it in an AttributeManifest',
  },
  EXPRESSION_REPORT_ONLY: {
    cause:
      'an expression that decides before the request reads an attribute that is known only after the response',
    remedy: 'use it in rules with report actions only',
  },
  EXPRESSION_UNKNOWN_FUNCTION: {
    cause: 'an expression calls a function that does not exist',
    remedy: 'correct the name; the hint names the nearest one',
  },
  EXPRESSION_KEY_CASE: {
    cause: 'a map whose keys are in lower case, such as request.headers, is asked for a key with a capital',
    remedy: 'write the key in lower case: it stands for the header however the caller spelt it',
  },
  EXPRESSION_SWAPPED_PATTERN: {
    cause: 'a constant text is searched for what an attribute holds: `request.path.matches("^/admin")`',
    remedy: 'write the pattern first: `"^/admin".matches(request.path)`',
  },
  EXPRESSION_NOT_A_METHOD: {
    cause: 'a function is called with a point, as in `text.size()`',
    remedy: 'call it as `size(text)`',
  },
  EXPRESSION_NOT_A_FUNCTION: {
    cause: 'a method is called without its subject, as in `startsWith("/api")`',
    remedy: 'call it as `request.path.startsWith("/api")`',
  },
  EXPRESSION_ARITY: {
    cause: 'a function is called with too few or too many arguments',
    remedy: 'give exactly the arguments that the message lists',
  },
  EXPRESSION_TYPE_MISMATCH: {
    cause: 'two types meet that do not go together; nothing is converted by itself',
    remedy:
      'compare like with like: `ip("10.0.0.1")`, `timestamp("2015-01-02T15:04:35Z")`, `200` for INT64, `1.0` for DOUBLE',
  },
  EXPRESSION_WRONG_RESULT: {
    cause: 'the value of an expression has another type than the place where it stands needs',
    remedy: 'a match must be BOOL; the message names what the field takes',
  },
  EXPRESSION_BAD_CONSTANT: {
    cause:
      'a function is given a constant with which it always fails: a malformed pattern, address, time or range',
    remedy: 'correct the constant',
  },
  EXPRESSION_NOT_TYPEABLE: {
    cause: 'a JSON Logic rule uses an operation or a value that has no type here',
    remedy:
      'rewrite it, or give the whole rule to the jsonlogic adapter, which evaluates JSON Logic as it is',
  },
  EXPRESSION_ABSENT: {
    cause: 'an attribute that an expression needs was absent in this request',
    remedy: 'give it a default with `|`, or test it only where it is supplied',
  },
  EXPRESSION_WRONG_VALUE: {
    cause: 'an attribute held a value that is not of its declared type',
    remedy: 'correct who supplies it, or its AttributeManifest',
  },
  EXPRESSION_OVERFLOW: {
    cause: 'a sum or product lies outside of INT64',
    remedy: 'use DOUBLE where such numbers occur',
  },
  EXPRESSION_DIVISION_BY_ZERO: {
    cause: 'a JSON Logic rule divided by zero',
    remedy: 'test the divisor first',
  },
  EXPRESSION_BAD_LINE: {
    cause: 'a line given to `krater eval --batch` is no JSON object of the expected form',
    remedy: 'write {"expression": "…", "manifest": {"name": "TYPE"}, "attributes": {}} on one line',
  },
  EXPRESSION_FAILED: {
    cause: 'a function could not read its argument, such as `ip("x")`',
    remedy: 'correct who supplies the text, or test it first',
  },
} as const satisfies Codes;

export type ExpressionCode = keyof typeof codes;
