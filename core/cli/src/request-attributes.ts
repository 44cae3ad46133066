import { readFileSync } from 'node:fs';
import { nearest } from '@krater/documents';
import { type Bag, decodeBag, decodeText, parseJson, stringMap, type Vocabulary } from '@krater/mixer';
import { parse } from 'yaml';
import { cliError } from './error.ts';

export interface AttributeOptions {
  /** `name=value` or `map[key]=value`. */
  readonly attribute: readonly string[];
  /** A YAML or JSON file. */
  readonly attributes?: string;
}

/**
 * The bag of one request as the command line describes it: the file first, then each `-a`, typed by the vocabulary; names of
 * headers in lower case.
 *
 * @example requestBag(vocabulary, { attribute: ['request.size=120', 'request.headers[user]=zoe'] })
 */
export function requestBag(vocabulary: Vocabulary, { attribute, attributes }: AttributeOptions): Bag {
  const { bag, problems } = decodeBag(vocabulary, attributes === undefined ? {} : readAttributes(attributes));
  const [problem] = problems;
  if (problem !== undefined) {
    throw cliError('CLI_BAD_ATTRIBUTE', `${attributes}: ${problem.message}`, {
      hint: problem.hint ?? listThem,
    });
  }
  for (const assignment of attribute) assign(bag, assignment);
  for (const name of headerMaps) {
    const headers = bag.get(name) as Readonly<Record<string, string>> | undefined;
    if (headers === undefined) continue;
    bag.put(name, stringMap(Object.entries(headers).map(([key, value]) => [key.toLowerCase(), value])));
  }
  return bag;
}

/** Proxies supply header names in lower case, and so rules know them. */
const headerMaps = ['request.headers', 'response.headers'];

const listThem = 'list names and types with: krater attributes';

function assign(bag: Bag, assignment: string): void {
  const [, name, key, text] = /^([^=[\]]+)(?:\[([^\]]*)\])?=(.*)$/s.exec(assignment) ?? [];
  if (name === undefined || text === undefined) {
    throw cliError('CLI_BAD_ATTRIBUTE', `"${assignment}" is not NAME=VALUE`, {
      hint: 'write it like -a request.method=GET or -a request.headers[user]=zoe',
    });
  }
  const type = bag.vocabulary.get(name)?.type;
  if (type === undefined) {
    const meant = nearest(
      name,
      bag.vocabulary.declarations.map(it => it.name),
    );
    throw cliError('CLI_BAD_ATTRIBUTE', `unknown attribute "${name}"`, {
      hint: meant === undefined ? listThem : `did you mean "${meant}"?  ${listThem}`,
    });
  }
  if (key !== undefined) {
    if (type !== 'STRING_MAP')
      throw cliError('CLI_BAD_ATTRIBUTE', `attribute "${name}" is ${type} and has no keys`, {
        hint: `write it like -a ${name}=VALUE`,
      });
    const before = bag.get(name) as Readonly<Record<string, string>> | undefined;
    bag.put(name, stringMap([...Object.entries(before ?? {}), [unquote(key), text]]));
    return;
  }
  const decoded = decodeText(type, text);
  if (!decoded.ok)
    throw cliError('CLI_BAD_ATTRIBUTE', `attribute "${name}": ${decoded.problem.message}`, {
      hint: decoded.problem.hint ?? listThem,
    });
  bag.put(name, decoded.value);
}

function unquote(key: string): string {
  return /^(["']).*\1$/s.test(key) ? key.slice(1, -1) : key;
}

function readAttributes(path: string): Readonly<Record<string, unknown>> {
  let content: unknown;
  try {
    const text = readFileSync(path, 'utf8');
    content = path.endsWith('.json') ? parseJson(text) : parse(text, { intAsBigInt: true });
  } catch (cause) {
    throw cliError(
      'CLI_UNREADABLE_FILE',
      `"${path}" cannot be read: ${(cause as Error).message.split('\n')[0]}`,
      { cause },
    );
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw cliError('CLI_UNREADABLE_FILE', `"${path}" holds no map of attributes`, {
      hint: 'write it like: request.method: GET',
    });
  }
  return content as Readonly<Record<string, unknown>>;
}
