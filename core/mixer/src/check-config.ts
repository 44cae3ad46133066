import { type Problem, type SourceFile, sortProblems } from '@krater/documents';
import type { SkippedDocument } from '@krater/documents/reader';
import type { ForeignDocument, ForeignKind, MixerOptions } from './mixer.ts';
import { systemClock } from './runtime/ambient.ts';
import { Breather } from './runtime/breather.ts';
import { rootNamespaceDefault } from './settings.ts';
import type { Vocabulary } from './vocabulary/vocabulary.ts';

/** What a configuration is worth, without anything created. */
export interface ConfigCheck {
  /** All of them, sorted by place; with no errors among them the configuration compiles. */
  readonly problems: readonly Problem[];
  /** Documents of other people's kinds. */
  readonly skipped: readonly SkippedDocument[];
  /** The vocabulary that it makes; undefined where it is refused. */
  readonly vocabulary: Vocabulary | undefined;
}

/** Documents of the given kinds, or why there are none. */
export interface ForeignDocuments {
  /** By kind; empty where something is wrong. */
  readonly documents: ReadonlyMap<string, readonly ForeignDocument[]>;
  readonly problems: readonly Problem[];
}

/**
 * Reads and checks only the documents of the given kinds, for a program that leaves the rules to a Mixer elsewhere. A
 * file that is no YAML, or a document that is none of its kind, refuses everything: that Mixer refuses it too.
 */
export async function readForeignKinds(
  files: readonly SourceFile[],
  kinds: readonly ForeignKind[],
): Promise<ForeignDocuments> {
  const { createReader, readDeclarations } = await import('./config/declarations.ts');
  const { foreign, findings } = await readDeclarations(
    createReader(),
    files,
    rootNamespaceDefault,
    kinds,
    new Breather(systemClock),
  );
  const problems = sortProblems(findings.problems);
  return { documents: findings.refused ? new Map() : foreign, problems };
}

/**
 * Compiles a configuration and creates no handler: every problem that needs no backend is found.
 *
 * @example const { problems } = await checkConfig({ config: yaml, adapters: [denier] });
 */
export async function checkConfig(
  options: Pick<MixerOptions, 'config' | 'adapters' | 'kinds' | 'listeners' | 'rootNamespace' | 'strict'>,
): Promise<ConfigCheck> {
  const {
    config,
    adapters,
    kinds = [],
    listeners = [],
    rootNamespace = rootNamespaceDefault,
    strict = false,
  } = options;
  const files = typeof config === 'string' ? [{ path: 'config.yaml', text: config }] : config;
  const { createReader } = await import('./config/declarations.ts');
  const { adapterResolver } = await import('./config/handler-sources.ts');
  const { compileConfig } = await import('./config/compile.ts');
  const reader = createReader();
  const compiled = await compileConfig(files, {
    reader,
    resolver: adapterResolver(adapters),
    kinds,
    listeners,
    rootNamespace,
    strict,
    handlerDeadline: 50,
    unknownField() {},
    clock: systemClock,
  });
  return {
    problems: sortProblems(compiled.problems),
    skipped: reader.read(files).skipped,
    vocabulary: compiled.config?.vocabulary,
  };
}
