import { registerHooks } from 'node:module';

/** Packages of which a process may hold one copy only: values of one would not fit the other. */
const shared = /^@krater\/(mixer|templates|documents)(\/|$)/;
const zod = /^zod(\/|$)/;
const scheme = 'krater-from:';

/** The files that were imported of each adapter, by its folder. */
const roots = new Map<string, Set<string>>();
let registered = false;

/** Makes an import specifier that resolves as if `folder` (a file URL ending in a slash) had imported `name`. */
export function importedFrom(folder: string, name: string): string {
  return scheme + JSON.stringify([folder, name]);
}

/**
 * Gives every adapter the host's own `@krater/*` and `zod`. A folder that `npm install /folder` linked would find none,
 * or a second copy, from where it really lies. `root` is the adapter's folder as a file URL ending in a slash.
 */
export function shareCopiesWith(root: string): void {
  if (!roots.has(root)) roots.set(root, new Set());
  if (registered) return;
  registered = true;
  const host = import.meta.url;
  const engine = import.meta.resolve('@krater/mixer');
  registerHooks({
    resolve(specifier, context, next) {
      if (specifier.startsWith(scheme)) {
        const [parentURL, name] = JSON.parse(specifier.slice(scheme.length)) as [string, string];
        return remember(next(name, { ...context, parentURL }));
      }
      if (shared.test(specifier)) return next(specifier, { ...context, parentURL: host });
      if (zod.test(specifier) && isAdapterFile(context.parentURL)) {
        return next(specifier, { ...context, parentURL: engine });
      }
      return remember(next(specifier, context));
    },
  });
}

/** The adapter's own files that were imported so far, in this order. */
export function importedFiles(root: string): readonly string[] {
  return [...(roots.get(root) ?? [])];
}

function remember<T extends { readonly url: string }>(resolved: T): T {
  for (const [root, files] of roots) if (resolved.url.startsWith(root)) files.add(resolved.url);
  return resolved;
}

/** An adapter's own file; libraries that it brings keep their own copies. */
function isAdapterFile(url: string | undefined): boolean {
  if (url === undefined) return false;
  for (const root of roots.keys()) {
    if (url.startsWith(root) && !url.slice(root.length).includes('node_modules/')) return true;
  }
  return false;
}
