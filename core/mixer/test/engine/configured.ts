import { createMixer } from '../../src/create-mixer.ts';
import type { Mixer, MixerOptions } from '../../src/index.ts';
import { recordedLog } from '../../src/testing/index.ts';
import { Probes, probeAdapter } from './probe.ts';

/** A Mixer over the probe adapter. */
export async function configured(config: string, options: Partial<MixerOptions> = {}) {
  const probes = new Probes();
  const log = recordedLog();
  const mixer: Mixer = await createMixer({
    config,
    adapters: [probeAdapter(probes)],
    log,
    node: 'test',
    ...options,
  });
  return { mixer, probes, log };
}

/** A rule document in the native form; `spec` is YAML, indented by the caller as it stands under `spec:`. */
export function rule(name: string, spec: string, namespace?: string): string {
  const place = namespace === undefined ? '' : `, namespace: ${namespace}`;
  const body = spec
    .trimEnd()
    .split('\n')
    .map(line => `  ${line}`)
    .join('\n');
  return `---\napiVersion: krater.dev/v1\nkind: Rule\nmetadata: { name: ${name}${place} }\nspec:\n${body}\n`;
}

/** One action that checks a value with a probe of the given label. */
export function checks(label: string, value = '"x"', params = ''): string {
  return `- handler: { adapter: probe, params: { label: ${label}${params} } }
  instances: [{ name: entry, template: listentry, params: { value: ${JSON.stringify(value)} } }]`;
}
