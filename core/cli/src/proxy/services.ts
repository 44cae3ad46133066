import { type ServiceRegistry, serviceKind } from '@krater/config';
import { ConfigError, type SourceFile } from '@krater/documents';
import { type Reload, readForeignKinds } from '@krater/mixer';

/** The services of a configuration, for programs that leave its rules to a Mixer elsewhere. */
export interface ServiceSource {
  /** Swaps in the services of a changed configuration, or changes nothing. */
  reload(files: readonly SourceFile[]): Promise<Reload>;
}

/** @throws ConfigError where the first configuration is refused */
export async function followServices(
  files: readonly SourceFile[],
  registry: ServiceRegistry,
): Promise<ServiceSource> {
  const kind = serviceKind(registry);
  let generation = 0;
  const reload = async (changed: readonly SourceFile[]): Promise<Reload> => {
    const { documents, problems } = await readForeignKinds(changed, [kind]);
    const accepted = problems.every(({ severity }) => severity !== 'error');
    if (accepted) {
      generation++;
      kind.apply(documents.get(kind.kind) ?? []);
    }
    return { accepted, generation, hash: '', created: [], carriedOver: [], closed: [], problems };
  };
  const first = await reload(files);
  if (!first.accepted) throw new ConfigError(first.problems);
  return { reload };
}
