/// <reference types="node" preserve="true" />
export { type After, processSecrets } from './ambient.ts';
export { codes } from './codes.ts';
export { type Decodable, type Decoded, type DecodeOptions, decode } from './decode.ts';
export type { Finding, Path, Pointer, SourceDocument } from './document.ts';
export { duration, formatDuration, parseDuration } from './duration.ts';
export { ConfigError, KraterError } from './error.ts';
export { readFolder } from './folder.ts';
export { formatProblems, sortProblems } from './format.ts';
export { nearest } from './nearest.ts';
export type { Place, Problem, Severity, SourceFile } from './problem.ts';
export { Secret, type SecretReference, type SecretSource, secret } from './secret.ts';
export { type FolderWatch, type WatchOptions, watchFolder } from './watch.ts';
