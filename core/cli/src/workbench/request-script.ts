import { existsSync, readFileSync } from 'node:fs';
import { type Bag, decodeBag, parseJson, type Vocabulary } from '@krater/mixer';
import { cliError } from '../error.ts';

/** One request as attributes, before there is a vocabulary to read them by. */
export type ScriptedRequest = Readonly<Record<string, unknown>>;

/** What is sent where nobody has written a script. */
const standardScript: readonly ScriptedRequest[] = ['zoe', 'ann'].map(user => ({
  'context.reporter.kind': 'inbound',
  'destination.service.name': 'hello',
  'request.method': 'GET',
  'request.path': '/',
  'request.headers': { user },
  'response.code': 200,
}));

/** Reads a script: one JSON object of attributes a line; empty lines and those that begin with `//` are left out. */
export function readScript(path: string): readonly ScriptedRequest[] {
  if (!existsSync(path)) return standardScript;
  const requests: ScriptedRequest[] = [];
  for (const [index, line] of readFileSync(path, 'utf8').split('\n').entries()) {
    if (line.trim() === '' || line.trimStart().startsWith('//')) continue;
    let request: unknown;
    try {
      request = parseJson(line);
    } catch (cause) {
      throw unreadable(path, index, (cause as Error).message);
    }
    if (typeof request !== 'object' || request === null || Array.isArray(request))
      throw unreadable(path, index, 'it is no map of attributes');
    requests.push(request as ScriptedRequest);
  }
  return requests.length === 0 ? standardScript : requests;
}

function unreadable(path: string, index: number, fact: string) {
  return cliError('CLI_UNREADABLE_FILE', `${path}:${index + 1}: ${fact}`, {
    hint: 'write one request a line: {"request.path": "/", "request.headers": {"user": "zoe"}}',
  });
}

/** The bag of a request; what the vocabulary does not know is an error. */
export function scriptedBag(request: ScriptedRequest, vocabulary: Vocabulary): Bag {
  const { bag, problems } = decodeBag(vocabulary, request);
  const [problem] = problems;
  if (problem === undefined) return bag;
  throw cliError('CLI_BAD_ATTRIBUTE', problem.message, {
    hint: problem.hint ?? 'list names and types with: krater attributes',
  });
}
