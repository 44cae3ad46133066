import type { AnyAdapter } from '@krater/mixer';
import type { IsolatedAdapter } from '../launch/start-options.ts';
import { shareCopiesWith } from './shared-copies.ts';

/** Imports an adapter where it is to run, with the host's own `@krater/*` and `zod`. */
export async function loadAdapter({ url, root, host }: IsolatedAdapter): Promise<AnyAdapter> {
  shareCopiesWith(root, host);
  const { default: adapter } = (await import(url)) as { readonly default: AnyAdapter };
  return adapter;
}
