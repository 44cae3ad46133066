import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import {
  compileExpression,
  type ExpressionProblem,
  type ExpressionSource,
  encodeValue,
  evalLine,
  formatJson,
  formatReferences,
  parseJson,
  Reads,
  standardVocabulary,
} from '@krater/mixer';
import type { Action } from '../command.ts';
import { readVocabulary } from '../configuration.ts';
import { cliError } from '../error.ts';
import { onReaderGone, readerGone } from '../reader.ts';
import { type AttributeOptions, requestBag } from '../request-attributes.ts';
import { type ExitCode, exit, type Terminal } from '../terminal.ts';

interface Options extends AttributeOptions {
  readonly config?: string;
  readonly batch?: string;
}

/** `krater eval EXPR -a name=value …`: one expression over the given attributes; `--batch FILE` for many. */
export const evaluate: Action<Options> = async (terminal, [source], options) => {
  if (options.batch !== undefined) {
    if (source !== undefined)
      throw cliError('CLI_WRONG_USE', 'both an expression and --batch were given', {
        hint: 'give one of them',
      });
    return evaluateBatch(options.batch);
  }
  if (source === undefined) {
    throw cliError('CLI_WRONG_USE', 'there is no expression', {
      hint: `krater eval 'request.method == "GET"' -a request.method=GET`,
    });
  }
  return evaluateOne(terminal, source, options);
};

async function evaluateOne(terminal: Terminal, source: string, options: Options): Promise<ExitCode> {
  const vocabulary = options.config === undefined ? standardVocabulary : await readVocabulary(options.config);
  const compiled = compileExpression(readExpression(source), vocabulary);
  if (!compiled.ok) {
    for (const problem of compiled.problems) {
      const { code, message, hint, start, end, path } = problem;
      terminal.tell(
        {
          error: { code, message, hint },
          phase: 'compile',
          ...(path === undefined ? { start, end } : { path }),
        },
        formatProblem(source, problem),
      );
    }
    return exit.no;
  }
  const bag = requestBag(vocabulary, options);
  const { expression } = compiled;
  const { type } = expression;
  const reads = new Reads();
  const value = expression.evaluate(bag, reads);
  const referenced = formatReferences(reads.references(bag));
  const read = referenced.length === 0 ? '' : `\n  read: ${referenced.join(', ')}`;
  if (value === undefined) {
    const { code, message } = expression.why(bag) ?? {
      code: 'EXPRESSION_FAILED',
      message: 'the expression has no value',
    };
    terminal.tell(
      { error: { code, message }, phase: 'evaluate', type, referenced },
      `${code} ${message}${read}`,
    );
    return exit.no;
  }
  const encoded = encodeValue(type, value);
  terminal.tell({ value: encoded, type, referenced }, `${formatJson(encoded)} (${type})${read}`);
  return exit.fine;
}

/** Text of the expression language, or a JSON Logic object. */
function readExpression(source: string): ExpressionSource {
  if (!source.trimStart().startsWith('{')) return source;
  try {
    return parseJson(source) as ExpressionSource;
  } catch (cause) {
    const hint = `write it like '{"==": [{"var": "request.method"}, "GET"]}'`;
    throw cliError('CLI_WRONG_USE', `the JSON Logic expression is no JSON: ${(cause as Error).message}`, {
      hint,
    });
  }
}

function formatProblem(source: string, { code, message, hint, start, end, path }: ExpressionProblem): string {
  const place =
    path === undefined
      ? `  ${source}\n  ${' '.repeat(start)}${'^'.repeat(Math.max(1, end - start))}`
      : `  at ${path.join('.')}`;
  return `${code} ${message}\n${place}${hint === undefined ? '' : `\n   hint: ${hint}`}`;
}

/** One answer a line, as they are read; a bad line gives an error line and the next one is read. */
async function evaluateBatch(path: string): Promise<ExitCode> {
  const input = path === '-' ? process.stdin.setEncoding('utf8') : createReadStream(path, 'utf8');
  const failed = new Promise<never>((_, reject) => {
    input.once('error', (cause: Error) =>
      reject(cliError('CLI_UNREADABLE_FILE', `"${path}" cannot be read: ${cause.message}`, { cause })),
    );
  });
  let proceed = () => {};
  process.stdout.on('drain', () => proceed());
  onReaderGone(() => proceed());
  const answerAll = async () => {
    for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      if (readerGone()) break;
      if (!process.stdout.write(`${formatJson(evalLine(line))}\n`))
        await new Promise<void>(resolve => {
          proceed = resolve;
        });
    }
  };
  await Promise.race([answerAll(), failed]);
  return exit.fine;
}
