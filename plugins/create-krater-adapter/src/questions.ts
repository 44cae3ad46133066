import { createInterface, type Interface } from 'node:readline/promises';
import { parseSummary, parseTemplates } from './answers.ts';
import { pieces } from './pieces.ts';

/** What was not said on the command line. */
export interface Answers {
  readonly templates: readonly string[];
  readonly summary: string;
}

/** What is said of an adapter of which nothing is said. */
export const standardSummary = (templates: readonly string[]) => `serves ${templates.join(', ')}`;

/** Asks at the terminal for what the command line has left open; an empty answer takes what is in brackets. */
export async function ask(given: Partial<Answers>, standard: readonly string[]): Promise<Answers> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const templates = given.templates ?? (await askTemplates(terminal, standard));
    const suggested = standardSummary(templates);
    const summary =
      given.summary ?? (await terminal.question(`What does it do, in a few words? [${suggested}] `));
    return { templates, summary: parseSummary(summary) || suggested };
  } finally {
    terminal.close();
  }
}

async function askTemplates(terminal: Interface, standard: readonly string[]): Promise<readonly string[]> {
  console.log('What does it serve?');
  for (const [index, [name, piece]] of Object.entries(pieces).entries())
    console.log(`  ${index + 1}  ${name.padEnd(14)} ${piece.variety.padEnd(11)} ${piece.summary}`);
  for (;;) {
    const said = await terminal.question(`Names or numbers, with commas [${standard.join(', ')}]: `);
    if (said.trim() === '') return standard;
    try {
      return parseTemplates([said]);
    } catch (error) {
      console.log((error as Error).message);
    }
  }
}
