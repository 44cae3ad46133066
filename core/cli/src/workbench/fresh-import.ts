import { registerHooks } from 'node:module';

/** How often the files of a folder were changed, by its file URL. */
const versions = new Map<string, number>();
let registered = false;

/**
 * From now on whatever is imported of a folder (a file URL ending in a slash), its packages apart, is read anew: Node
 * remembers what it has imported for as long as the process lives, by address. For the desk of an author only, because
 * what was imported before is never forgotten.
 */
export function importAfresh(root: string): number {
  const version = (versions.get(root) ?? 0) + 1;
  versions.set(root, version);
  if (registered) return version;
  registered = true;
  registerHooks({
    resolve(specifier, context, next) {
      const resolved = next(specifier, context);
      const { url } = resolved;
      if (!url.startsWith('file:') || url.includes('?')) return resolved;
      for (const [folder, changes] of versions) {
        if (url.startsWith(folder) && !url.slice(folder.length).includes('node_modules/'))
          return { ...resolved, url: `${url}?changed=${changes}` };
      }
      return resolved;
    },
  });
  return version;
}
