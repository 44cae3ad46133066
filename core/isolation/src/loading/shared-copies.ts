import { statSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';

/** Packages of which a process may hold one copy only: values of one would not fit the other. */
const shared = /^@krater\/(mixer|templates|documents)(\/|$)/;
const zod = /^zod(\/|$)/;
const scheme = 'krater-from:';
const revisionKey = 'krater-revision';

/** An adapter's folder: what was imported of it, and how often that was found changed. */
interface Root {
  /** By URL; what tells one version of a file from the next. */
  readonly files: Map<string, string>;
  revision: number;
}

const roots = new Map<string, Root>();
let registered = false;

/** Makes an import specifier that resolves as if `folder` (a file URL ending in a slash) had imported `name`. */
export function importedFrom(folder: string, name: string): string {
  return scheme + JSON.stringify([folder, name]);
}

/**
 * Gives every adapter the host's own `@krater/*` and `zod`. A folder that `npm install /folder` linked would find none,
 * or a second copy, from where it really lies. `root` is the adapter's folder as a file URL ending in a slash, `host`
 * the file whose packages are shared; all callers of one process name the same.
 */
export function shareCopiesWith(root: string, host: string): void {
  if (!roots.has(root)) roots.set(root, { files: new Map(), revision: 0 });
  if (registered) return;
  registered = true;
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
  return [...(roots.get(root)?.files.keys() ?? [])];
}

/**
 * How often the adapter's files were found changed since they were first imported. Where they are changed again, what
 * is imported from now on is imported afresh; what was imported before stays as it is.
 */
export function revisionOf(root: string): number {
  const known = roots.get(root);
  if (known === undefined) return 0;
  if ([...known.files].some(([url, print]) => fingerprint(url) !== print)) {
    known.revision++;
    known.files.clear();
  }
  return known.revision;
}

function remember<T extends { readonly url: string }>(resolved: T): T {
  let { url } = resolved;
  for (const [root, { files, revision }] of roots) {
    if (!url.startsWith(root)) continue;
    // Node knows a module by its URL, and keeps it for ever.
    if (revision > 0 && !url.includes('?')) url += `?${revisionKey}=${revision}`;
    if (!files.has(url)) files.set(url, fingerprint(url));
  }
  return url === resolved.url ? resolved : { ...resolved, url };
}

function fingerprint(url: string): string {
  const about = statSync(fileURLToPath(url), { throwIfNoEntry: false });
  return about === undefined ? '' : `${about.mtimeMs} ${about.size} ${about.ino}`;
}

/** An adapter's own file; libraries that it brings keep their own copies. */
function isAdapterFile(url: string | undefined): boolean {
  if (url === undefined) return false;
  for (const root of roots.keys()) {
    if (url.startsWith(root) && !url.slice(root.length).includes('node_modules/')) return true;
  }
  return false;
}
