export { ConfigError, KraterError } from './error.ts';
export type { Place, Problem, Severity, SourceFile } from './problem.ts';
export type { Finding, Path, Pointer, SourceDocument } from './document.ts';
