import {
  type Ambient,
  type HandlerHost,
  type HandlerPlan,
  type IsolationSettings,
  isolationSettings,
} from '@krater/mixer';
import { createInline } from './host/inline.ts';
import { createIsolated, notIsolable } from './host/isolated.ts';
import type { Launcher } from './launch/launcher.ts';
import { Nursery } from './launch/nursery.ts';
import { processLauncher } from './launch/process-launcher.ts';
import { remoteLauncher } from './launch/remote-launcher.ts';
import { workerLauncher } from './launch/worker-launcher.ts';

export interface IsolationOptions {
  /**
   * The file, as a URL, whose `@krater/*` packages adapters share: that of the program. This package's own neighbours
   * if left out.
   */
  readonly host?: string;
}

/**
 * The host for `createMixer`: runs each handler as its document says by `isolation`, and where it says nothing Krater's
 * own inline and those of others in a worker, if the resolver of adapters tells them apart.
 *
 * It contains mistakes and is no sandbox against malice. `inline` contains throwing and not answering; `worker` also
 * spinning, `process.exit` and uncaught errors, and the growth of the JavaScript heap as a guard; `process` also native
 * memory, signals and crashes; `remote` a whole machine. In all of them calls have a deadline, a limit on how many there may be at once, a bounded
 * queue and a circuit breaker.
 *
 * @example
 * const mixer = await createMixer({ config, adapters, isolation: createIsolation() });
 */
export function createIsolation({ host = import.meta.url }: IsolationOptions = {}): HandlerHost {
  const nursery = new Nursery();
  return {
    async create(plan, world) {
      const settings: IsolationSettings =
        plan.isolation ?? isolationSettings(plan.module === undefined ? 'inline' : plan.standardIsolation);
      if (settings.mode === 'inline') return createInline(plan, settings, world);
      return createIsolated(
        plan,
        settings,
        launcherOf(plan, settings, { host, nursery }, world.ambient),
        world,
      );
    },
  };
}

function launcherOf(
  plan: HandlerPlan,
  settings: Exclude<IsolationSettings, { mode: 'inline' }>,
  { host, nursery }: { readonly host: string; readonly nursery: Nursery },
  { after }: Ambient,
): Launcher {
  const { module, file } = plan;
  if (settings.mode === 'remote') return remoteLauncher(settings, file);
  if (module === undefined) throw notIsolable(plan, settings.mode);
  return settings.mode === 'worker'
    ? workerLauncher({ ...module, host }, settings, after)
    : processLauncher({ ...module, host }, settings, nursery);
}
