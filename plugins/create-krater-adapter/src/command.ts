import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { parseName, parseSummary, parseTemplates } from './answers.ts';
import { CreateError } from './error.ts';
import { pieces } from './pieces.ts';
import { type Answers, ask, standardSummary } from './questions.ts';
import { buildFiles, writeFiles } from './scaffold.ts';

/** What is taken where nobody says what to serve. */
const standard = { templates: ['listentry', 'metric'] } as const;

const help = `Usage: create-krater-adapter NAME [options]

Writes a package krater-adapter-NAME that type-checks, keeps the contract and runs at once. Asks for what is left open.

Options:
  --template NAME   a template that it serves; may be repeated: ${Object.keys(pieces).join(', ')}
  --summary TEXT    what it does, in a few words
  --dir DIR         where to write it (krater-adapter-NAME)
  --yes             ask nothing
  -h, --help        show this help`;

/** Runs one command line and answers with its exit code: 0 written, 1 not written, 2 the command line was wrong. */
export async function run(args: readonly string[]): Promise<number> {
  try {
    const { values, positionals } = read(args);
    if (values.help === true) {
      console.log(help);
      return 0;
    }
    const [said] = positionals;
    if (said === undefined || positionals.length > 1)
      throw wrongUse(said === undefined ? 'no name was given' : `"${positionals[1]}" is one name too many`);
    const name = parseName(said);
    const given = {
      ...(values.template !== undefined && { templates: parseTemplates(values.template) }),
      ...(values.summary !== undefined && { summary: parseSummary(values.summary) }),
    };
    const answers = await complete(given, values.yes === true);
    const folder = values.dir ?? `krater-adapter-${name}`;
    for (const path of await writeFiles(folder, buildFiles({ name, ...answers, version })))
      console.log(`wrote ${path}`);
    console.log(`\nnext: cd ${folder} && npm install && npm test && npm run dev`);
    return 0;
  } catch (error) {
    if (!(error instanceof CreateError)) throw error;
    console.error(`${error.code} ${error.message}\n   hint: ${error.hint}`);
    return error.code === 'CREATE_FOLDER_EXISTS' ? 1 : 2;
  }
}

function read(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        template: { type: 'string', multiple: true, short: 't' },
        summary: { type: 'string' },
        dir: { type: 'string' },
        yes: { type: 'boolean', short: 'y' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw wrongUse((error as Error).message.split('. ')[0] ?? '');
  }
}

/** Nobody is asked where nobody can answer. */
async function complete(given: Partial<Answers>, yes: boolean): Promise<Answers> {
  const settled = given.templates !== undefined && given.summary !== undefined;
  if (!yes && !settled && process.stdin.isTTY === true) return ask(given, standard.templates);
  const { templates = standard.templates } = given;
  return { templates, summary: given.summary || standardSummary(templates) };
}

function wrongUse(fact: string): CreateError {
  return new CreateError(
    'CREATE_WRONG_USE',
    fact,
    'write it like: create-krater-adapter NAME --template listentry',
  );
}

/** Krater's packages are published together: the new adapter is written for the version that writes it. */
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};
