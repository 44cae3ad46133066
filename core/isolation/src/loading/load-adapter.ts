import type { AdapterModule, AnyAdapter, Service } from '@krater/mixer';
import type { IsolatedAdapter } from '../launch/start-options.ts';
import { type Namespace, offeredServices } from './offered-services.ts';
import { shareCopiesWith } from './shared-copies.ts';

/** Imports an adapter where it is to run, with the host's own `@krater/*` and `zod`. */
export async function loadAdapter({ url, root, host }: IsolatedAdapter): Promise<AnyAdapter> {
  shareCopiesWith(root, host);
  const { default: adapter } = (await import(url)) as { readonly default: AnyAdapter };
  return adapter;
}

/** Imports, in the same way, what offers services. */
export async function loadServices(
  { url, root }: AdapterModule,
  { host }: Pick<IsolatedAdapter, 'host'>,
): Promise<readonly Service[]> {
  shareCopiesWith(root, host);
  return offeredServices((await import(url)) as Namespace);
}
