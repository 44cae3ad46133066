import type { SourceDocument } from '@krater/documents';

export type ConfigPath = readonly (string | number)[];

export const nativeKinds = [
  'Rule',
  'Handler',
  'Instance',
  'AttributeManifest',
  'QuotaSpec',
  'QuotaSpecBinding',
] as const;
export type NativeKind = (typeof nativeKinds)[number];

/**
 * One native document, as the engine compiles it: written so, or translated from the original's form. `sourcePath` leads
 * from a path in the native document (`['spec', 'actions', 0, 'handler']`) back to the path in the file it came from,
 * so every later problem finds its place.
 */
export interface ConfigDocument {
  /** One of {@link nativeKinds}, or a kind that somebody else owns, such as Service. */
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
  readonly spec: unknown;
  readonly source: SourceDocument;
  sourcePath(path: ConfigPath): ConfigPath;
  /** Translated from the original's form, whose semantics differ: a match that is unknown skips, quotas are charged by QuotaSpec only. */
  readonly imported: boolean;
}
