import type { Decodable } from '@krater/documents';

/** Params as a document of their own, whose problems have a path and no place. */
export function paramsDocument(value: unknown, path: string): Decodable {
  const place = { file: path, line: 1, column: 1, endLine: 1, endColumn: 1 };
  return {
    file: { path, text: '' },
    value,
    problem: ({ code, message }, { path: at }) => ({
      severity: 'error',
      code,
      message: `${at.join('.')}: ${message}`,
      place,
      frame: '',
    }),
  };
}
