import { type Document, type ErrorCode, isCollection, isNode, isPair, type YAMLError } from 'yaml';
import type { Code } from './codes.ts';
import type { Finding } from './document.ts';
import type { Range } from './source-text.ts';
import { rangeOf } from './yaml-node.ts';
import { endOfLine, quoteIt } from './yaml-traps.ts';

/** More errors in one document than this are consequences of the first ones. */
const most = 10;

/** What the YAML parser itself refuses, in our words: one finding per line, since the rest follows from it. */
export function syntaxErrors(
  document: Pick<Document, 'errors' | 'warnings' | 'contents'>,
  text: string,
): [Finding, Range][] {
  const found: [Finding, Range][] = [];
  let line = -1;
  // A tag that could not be resolved is found on its node, with a better place.
  const warnings = document.warnings.filter(warning => warning.code !== 'TAG_RESOLVE_FAILED');
  for (const error of [...document.errors, ...warnings]) {
    if (found.length === most) break;
    const start = skipSpace(text, Math.min(error.pos[0], text.length));
    const lineEnd = endOfLine(text, start);
    if (lineEnd === line || (found.length > 0 && atEnd(text, start))) continue;
    line = lineEnd;
    const { code = 'YAML_SYNTAX', message, hint, value } = describe(error, text, start);
    const open = code === 'YAML_UNCLOSED' ? lastOpen(document.contents, text) : undefined;
    const range = value ?? open ?? { start, end: Math.max(error.pos[1], start + 1) };
    found.push([{ code, message, ...(hint !== undefined && { hint }) }, range]);
  }
  return found;
}

/** Where what is not closed begins: the innermost quote or bracket on the way to the end. */
function lastOpen(contents: Document['contents'], text: string): Range | undefined {
  let open: Range | undefined;
  let node: unknown = contents;
  while (isNode(node)) {
    const { start, end } = rangeOf(node);
    const opening = text[start] ?? '';
    if ('"\'[{'.includes(opening) && end > start) open = { start, end: endOfLine(text, start) };
    if (!isCollection(node)) break;
    const last: unknown = node.items.at(-1);
    node = isPair(last) ? (last.value ?? last.key) : last;
  }
  return open;
}

function skipSpace(text: string, offset: number): number {
  let start = offset;
  while (text[start] === ' ') start++;
  return start < text.length && text[start] !== '\n' ? start : offset;
}

/** Where nothing follows but space: an error there says that something is open. */
function atEnd(text: string, offset: number): boolean {
  return text.slice(offset + 1, offset + window).trim() === '' && offset + window >= text.length;
}

interface Description {
  readonly code?: Code;
  readonly message: string;
  readonly hint?: string;
  /** The value, where it is known better than the character at which the parser gave up. */
  readonly value?: Range;
}

function describe(error: YAMLError, text: string, start: number): Description {
  const value = { start, end: endOfLine(text, start) };
  const own = descriptions[error.code]?.(value, text);
  return (
    own ?? { message: lowerFirst(error.message), hint: 'if this is an expression, quote the whole of it' }
  );
}

const descriptions: { [C in ErrorCode]?: (value: Range, text: string) => Description | undefined } = {
  BLOCK_AS_IMPLICIT_KEY(value, text) {
    const hint = quoteIt(text, value);
    return text[value.start] === '?'
      ? { code: 'YAML_COMPLEX_KEY', message: 'a leading "?" starts a key, not a value', hint, value }
      : {
          code: 'YAML_COLON_IN_VALUE',
          message: 'a value in which ": " occurs is read as a map',
          hint,
          value,
        };
  },
  BAD_SCALAR_START: (value, text) => ({
    code: 'YAML_BAD_START',
    message: `a value cannot start with "${text[value.start]}"`,
    hint: quoteIt(text, value),
    value,
  }),
  TAB_AS_INDENT: () => ({
    code: 'YAML_TAB',
    message: 'a tab stands where lines are indented',
    hint: 'indent with spaces',
  }),
  MULTILINE_IMPLICIT_KEY: (value, text) => ({
    code: 'YAML_NO_COLON',
    message: 'a key is not followed by ":"',
    hint: `write: ${text.slice(value.start, Math.min(value.end, value.start + 60)).split(/\s/, 1)[0]}: …`,
    value,
  }),
  UNEXPECTED_TOKEN: (value, text) => afterValue(text, value.start),
  MISSING_CHAR: (value, text) =>
    value.start >= text.length - 1
      ? unclosedQuote
      : (afterValue(text, value.start) ?? afterComment(text, value)),
  BAD_INDENT: (value, text) =>
    atEnd(text, value.start) ? unclosedBracket : (afterComment(text, value) ?? misaligned),
  BAD_DQ_ESCAPE: () => ({
    code: 'YAML_BAD_ESCAPE',
    message: 'unknown escape in a double-quoted value',
    hint: 'write \\\\ for a backslash, or use single quotes, in which nothing is escaped',
  }),
  RESOURCE_EXHAUSTION: () => ({ code: 'YAML_TOO_DEEP', message: 'the document is nested too deeply' }),
  BAD_DIRECTIVE: () => ({ code: 'YAML_DIRECTIVE', message: 'unknown directive', hint: 'remove the line' }),
};

const unclosedBracket: Description = {
  code: 'YAML_UNCLOSED',
  message: 'a "[" or "{" is not closed',
  hint: 'close it, or if this is an expression, quote the whole of it',
};
const misaligned: Description = {
  code: 'YAML_INDENT',
  message: 'this line is indented like none above it',
  hint: 'give all keys of a map, and all items of a list, the same indentation',
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
    const valueStart = start - value.length;
    const flow = inFlow === true || isInFlow(before.slice(0, before.length - value.length));
    const end = flow ? endOfFlowValue(text, valueStart) : endOfLine(text, start);
    const whole = { start: valueStart, end: Math.max(end, start) };
    return { code, message, hint: quoteIt(text, whole), value: whole };
  }
  return undefined;
}

/** Where a value inside { … } was meant to end: at the comma or bracket that closes nothing of its own. */
function endOfFlowValue(text: string, valueStart: number): number {
  const end = Math.min(endOfLine(text, valueStart), valueStart + 2 * window);
  let open = 0;
  let quote: string | undefined;
  for (let at = valueStart; at < end; at++) {
    const char = text.charAt(at);
    if (quote !== undefined) {
      if (char === '\\') at++;
      else if (char === quote) quote = undefined;
    } else if (char === '"' || char === "'") quote = char;
    else if ('([{'.includes(char)) open++;
    else if (open > 0 && ')]}'.includes(char)) open--;
    else if (open === 0 && ',]}'.includes(char)) return trimmedEnd(text, valueStart, at);
  }
  return end;
}

function trimmedEnd(text: string, start: number, end: number): number {
  return start + text.slice(start, end).trimEnd().length;
}

/** Whether a line has opened a bracket that it has not closed again. */
function isInFlow(before: string): boolean {
  const brackets = before.replace(/"[^"]*"|'[^']*'/g, '');
  return (brackets.match(/[[{]/g) ?? []).length > (brackets.match(/[\]}]/g) ?? []).length;
}

/** A comment in the middle of a value of several lines ends it, and the next line has no place. */
function afterComment(text: string, value: Range): Description | undefined {
  const lineStart = text.lastIndexOf('\n', value.start - 1);
  const before = text.slice(
    Math.max(0, text.lastIndexOf('\n', lineStart - 1), lineStart - window),
    lineStart,
  );
  const hash = /\S\s+#/.exec(before);
  const deeper = value.start - lineStart > before.search(/[^\s]/);
  if (lineStart <= 0 || !hash || !deeper) return undefined;
  return {
    code: 'YAML_COMMENT_IN_VALUE',
    message: 'this line does not continue the value above it, which ended at " #"',
    hint: 'move the comment to a line of its own, above the key',
    value,
  };
}

function lowerFirst(message: string): string {
  const first = message.split('\n', 1)[0] ?? '';
  return first.slice(0, 1).toLowerCase() + first.slice(1);
}
