import { DocumentReader, type Problem, type SkippedDocument, sortProblems } from '@krater/documents';
import { compileConfig } from './config/compile.ts';
import { nativeApiVersion, originalApiVersion } from './config/declarations.ts';
import { adapterResolver } from './config/handler-sources.ts';
import type { MixerOptions } from './mixer.ts';
import { systemClock } from './runtime/ambient.ts';
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
    rootNamespace = 'istio-system',
    strict = false,
  } = options;
  const files = typeof config === 'string' ? [{ path: 'config.yaml', text: config }] : config;
  const reader = new DocumentReader({ apiVersions: [nativeApiVersion, originalApiVersion] });
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
