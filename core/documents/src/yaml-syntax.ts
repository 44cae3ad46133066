import type { Document, ErrorCode, YAMLError } from 'yaml';
import type { Code } from './codes.ts';
import type { Finding } from './document.ts';
import type { Range } from './source-text.ts';
import { endOfLine, quoteIt } from './yaml-traps.ts';

/** More errors in one document than this are consequences of the first ones. */
const most = 10;

/** What the YAML parser itself refuses, in our words: one finding per line, since the rest follows from it. */
export function syntaxErrors(
  document: Pick<Document, 'errors' | 'warnings'>,
  text: string,
): [Finding, Range][] {
  const found: [Finding, Range][] = [];
  let line = -1;
  // A tag that could not be resolved is found on its node, with a better place.
  const warnings = document.warnings.filter(warning => warning.code !== 'TAG_RESOLVE_FAILED');
  for (const error of [...document.errors, ...warnings]) {
    if (found.length === most) break;
    const start = Math.min(error.pos[0], text.length);
    const lineEnd = endOfLine(text, start);
    if (lineEnd === line) continue;
    line = lineEnd;
    const { code = 'YAML_SYNTAX', message, hint, whole } = describe(error, text);
    const range = whole ? { start, end: lineEnd } : { start, end: Math.max(error.pos[1], start + 1) };
    found.push([{ code, message, ...(hint !== undefined && { hint }) }, range]);
  }
  return found;
}

interface Description {
  readonly code?: Code;
  readonly message: string;
  readonly hint?: string;
  /** Marks everything up to the end of the line: the value, not the character where the parser gave up. */
  readonly whole?: boolean;
}

function describe(error: YAMLError, text: string): Description {
  const [start] = error.pos;
  const quote = quoteIt(text, { start, end: endOfLine(text, start) });
  const own = descriptions[error.code]?.(quote, text, start);
  return (
    own ?? { message: lowerFirst(error.message), hint: 'if this is an expression, quote the whole of it' }
  );
}

const descriptions: {
  [Code in ErrorCode]?: (quote: string, text: string, start: number) => Description | undefined;
} = {
  BLOCK_AS_IMPLICIT_KEY: (quote, text, start) =>
    text[start] === '?'
      ? {
          code: 'YAML_COMPLEX_KEY',
          message: 'a leading "?" starts a key, not a value',
          hint: quote,
          whole: true,
        }
      : {
          code: 'YAML_COLON_IN_VALUE',
          message: 'a value in which ": " occurs is read as a map',
          hint: quote,
          whole: true,
        },
  BAD_SCALAR_START: (quote, text, start) => {
    const message = `a value cannot start with "${text[start]}"`;
    return { code: 'YAML_BAD_START', message, hint: quote, whole: true };
  },
  TAB_AS_INDENT: () => ({
    code: 'YAML_TAB',
    message: 'a tab stands where lines are indented',
    hint: 'indent with spaces',
  }),
  UNEXPECTED_TOKEN: (_quote, text, start) => afterValue(text, start),
  MISSING_CHAR: (_quote, text, start) => (unclosed(text, start) ? unclosedQuote : afterValue(text, start)),
  BAD_INDENT: (_quote, text, start) =>
    start >= text.trimEnd().length
      ? {
          code: 'YAML_UNCLOSED',
          message: 'a "[" or "{" is not closed',
          hint: 'close it, or if this is an expression, quote the whole of it',
        }
      : undefined,
  BAD_DQ_ESCAPE: () => ({
    code: 'YAML_BAD_ESCAPE',
    message: 'unknown escape in a double-quoted value',
    hint: 'write \\\\ for a backslash, or use single quotes, in which nothing is escaped',
  }),
  MULTIPLE_DOCS: () => ({
    message: 'a second document begins without "---"',
    hint: 'put a line "---" before it',
  }),
  RESOURCE_EXHAUSTION: () => ({ code: 'YAML_TOO_DEEP', message: 'the document is nested too deeply' }),
  BAD_DIRECTIVE: () => ({ code: 'YAML_DIRECTIVE', message: 'unknown directive', hint: 'remove the line' }),
};

const unclosedQuote: Description = {
  code: 'YAML_UNCLOSED',
  message: 'a quote is not closed',
  hint: 'close it where the value ends',
};

/** How far around an error is looked: keeps long lines cheap. */
const window = 300;

interface Ending {
  /** What stands before the place where the parser gave up; the first group is where the value began. */
  readonly before: RegExp;
  readonly code: Code;
  readonly message: string;
  readonly inFlow?: boolean;
}

/** Expressions of which YAML takes the beginning for a whole value. */
const endings: readonly Ending[] = [
  {
    before: /(?:^|\s)([|>][-+\d]*\s*)$/,
    code: 'YAML_BAD_START',
    message: 'an unquoted value cannot start with "|" or ">"',
  },
  { before: /(?:^|\s)(\*\S+\s*)$/, code: 'YAML_TEXT_AFTER_VALUE', message: 'more text follows an alias' },
  {
    before: /("[^"]*"\s*|'[^']*'\s*)$/,
    code: 'YAML_TEXT_AFTER_VALUE',
    message: 'more text follows a quoted value',
  },
  {
    before: /[{,]\s*[^\s:]+:\s+([^,{}]*)$/,
    code: 'YAML_TEXT_AFTER_VALUE',
    message: 'an unquoted value inside { … } cannot contain brackets, braces or commas',
    inFlow: true,
  },
];

/** `match: "a" == b`: a quoted text ends the value, whatever follows it. `user: f[x]` in { … }: a bracket does. */
function afterValue(text: string, start: number): Description | undefined {
  const before = text.slice(Math.max(text.lastIndexOf('\n', start - 1) + 1, start - window), start);
  for (const { before: pattern, code, message, inFlow } of endings) {
    const value = pattern.exec(before)?.[1];
    if (value === undefined) continue;
    const end = inFlow ? endOfFlowValue(text, start) : endOfLine(text, start);
    return { code, message, hint: quoteIt(text, { start: start - value.length, end }), whole: true };
  }
  return undefined;
}

function endOfFlowValue(text: string, start: number): number {
  const end = Math.min(endOfLine(text, start), start + window);
  const closing = text.slice(start, end).search(/\s*\}\s*(?:#.*)?$/);
  return closing === -1 ? end : start + closing;
}

/** The parser marks a quote that never ends at the last character of the text. */
function unclosed(text: string, start: number): boolean {
  return start >= text.length - 1;
}

function lowerFirst(message: string): string {
  const first = message.split('\n', 1)[0] ?? '';
  return first.slice(0, 1).toLowerCase() + first.slice(1);
}
