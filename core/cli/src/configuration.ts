import { createServiceRegistry, serviceKind } from '@krater/config';
import { ConfigError, readFolder, type SourceFile } from '@krater/documents';
import { type ConfigCheck, checkConfig, type MixerOptions, type Vocabulary } from '@krater/mixer';
import { inboundListener, outboundListener } from '@krater/proxy';
import { createAdapterLoader } from './adapters/adapter-loader.ts';
import { cliError } from './error.ts';

/** The files of a configuration; a folder without any is a mistake, not an empty configuration. */
export async function readConfiguration(folder: string): Promise<readonly SourceFile[]> {
  const files = await readFolder(folder);
  if (files.length > 0) return files;
  throw cliError('CLI_EMPTY_FOLDER', `there is no YAML file in "${folder}"`, {
    hint: `name another folder, or make one: krater init ${folder}`,
  });
}

/** What the engine is given for a folder, whatever is then done with it. */
export function engineOptions(folder: string, files: readonly SourceFile[]): MixerOptions {
  return {
    config: files,
    adapters: createAdapterLoader(folder),
    kinds: [serviceKind(createServiceRegistry())],
    listeners: [inboundListener, outboundListener],
  };
}

/** Every problem of a folder; nothing is created. */
export async function checkFolder(
  folder: string,
  { strict }: { readonly strict: boolean },
): Promise<ConfigCheck & { readonly files: number }> {
  const files = await readConfiguration(folder);
  return { ...(await checkConfig({ ...engineOptions(folder, files), strict })), files: files.length };
}

/** The vocabulary with the manifests of a folder; a refused configuration is an error. */
export async function readVocabulary(folder: string): Promise<Vocabulary> {
  const { vocabulary, problems } = await checkFolder(folder, { strict: false });
  if (vocabulary === undefined) throw new ConfigError(problems);
  return vocabulary;
}
