import type { KraterError, Problem } from '@krater/documents';
import type { Compilation } from './config/compile.ts';
import type { Log } from './env.ts';
import { HandlerRefusal } from './runtime/handler-table.ts';

/** Handlers that could not be created, as problems at their place in the configuration. */
export function refusalProblems(error: unknown, { sources }: Compilation): Problem[] {
  if (!(error instanceof AggregateError)) throw error;
  return error.errors.map(refusal => {
    if (!(refusal instanceof HandlerRefusal)) throw refusal;
    const source = sources.get(refusal.plan.id);
    if (source === undefined) throw refusal;
    const { code, message, hint, path } = refusal.cause as KraterError;
    const at = source.document.sourcePath([...source.path, 'params', ...(path ?? [])]);
    const finding = {
      code,
      message: `handler "${refusal.plan.id}" could not be created: ${message}`,
      ...(hint !== undefined && { hint }),
    };
    return source.document.source.problem(finding, { path: at });
  });
}

/** Of a first configuration the caller is told; of a later one nobody may be listening. */
export function logRefusal(problems: readonly Problem[], log: Log): void {
  const first = problems.find(({ severity }) => severity === 'error');
  log.error('a configuration was refused, the one before it serves on', {
    event: 'refused',
    problems: problems.length,
    ...(first && {
      code: first.code,
      place: `${first.place.file}:${first.place.line}:${first.place.column}`,
      first: first.message,
    }),
  });
}
