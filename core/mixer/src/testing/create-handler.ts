import type { Adapter, Handlers } from '../adapter.ts';
import type { BaseEnv } from '../env.ts';
import type { Template } from '../template.ts';

/**
 * Creates a handler from a configuration as an operator writes it, typed by the adapter's templates. Mistakes that
 * the adapter's `check` reports are thrown as one error, each as `path: message`.
 *
 * @example
 * await using env = fakeEnv();
 * const { listentry } = await createHandler(denylist, { entries: ['v3'] }, env);
 * assert.is((await listentry({ name: 'version', value: 'v3' }, fakeContext(env))).status.code, 'PERMISSION_DENIED');
 */
export async function createHandler<Ts extends readonly Template[], C>(
  adapter: Adapter<Ts, C>,
  config: unknown,
  env: BaseEnv,
): Promise<Handlers<Ts>> {
  const mistakes = configMistakes(adapter, config);
  if (mistakes.length > 0) throw new Error(mistakes.join('\n'));
  return (await adapter.create(adapter.config.parse(config), env)) as Handlers<Ts>;
}

/** What an adapter has against a configuration, by its shape or by its `check`, each as `path: message`. */
export function configMistakes<Ts extends readonly Template[], C>(
  adapter: Adapter<Ts, C>,
  config: unknown,
): readonly string[] {
  const parsed = adapter.config.safeParse(config);
  if (!parsed.success) return parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  const mistakes: string[] = [];
  adapter.check?.(parsed.data, (path, message) => void mistakes.push(`${path.join('.')}: ${message}`));
  return mistakes;
}
