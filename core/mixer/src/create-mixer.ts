import { ConfigError } from '@krater/documents';
import { checkMixerOptions } from './call-arguments.ts';
import type { Mixer, MixerOptions } from './mixer.ts';

/**
 * Creates a Mixer from a configuration and the adapters it may use; rejects with a `ConfigError` that holds every
 * problem if the configuration is refused, and with MIXER_BAD_ARGUMENT where the options are wrong. Close it when done: handlers may hold sockets and files.
 *
 * @example
 * const mixer = await createMixer({ config: yaml, adapters: [denier, memquota] });
 * const decision = await mixer.check(mixer.bag().put('request.path', '/admin'));
 * if (decision.status.code !== 'OK') refuse(decision);
 */
export async function createMixer(options: MixerOptions): Promise<Mixer> {
  checkMixerOptions(options);
  // Whoever only writes adapters, or runs one apart, needs no engine.
  const { composeMixer } = await import('./compose.ts');
  const engine = composeMixer(options);
  const first = await engine.reload(options.config);
  if (!first.accepted) {
    await engine.close();
    throw new ConfigError(first.problems);
  }
  return engine;
}
