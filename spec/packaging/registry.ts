import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename } from 'node:path';
import { mustRun } from './command.ts';

/** A registry on this machine, for packages that are packed and not published. */
export interface Registry extends AsyncDisposable {
  /** What npm must be told, in its environment, to install `@krater/…` from here, and all else from where it always does. */
  readonly env: NodeJS.ProcessEnv;
}

/** Serves packed tarballs as npm's registry would: a document for each package, and the files that it names. */
export async function startRegistry(tarballs: readonly string[]): Promise<Registry> {
  const files = new Map(tarballs.map(path => [basename(path), readFileSync(path)]));
  const manifests = new Map<
    string,
    { readonly name: string; readonly version: string; readonly file: string }
  >();
  for (const path of tarballs) {
    const manifest = JSON.parse(await mustRun('tar', ['-xzOf', path, 'package/package.json'], { cwd: '/' }));
    manifests.set(manifest.name, { ...manifest, file: basename(path) });
  }
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '').slice(1);
    const file = files.get(path);
    const manifest = manifests.get(path);
    if (file !== undefined) return response.end(file);
    if (manifest === undefined) return response.writeHead(404).end('{}');
    const integrity = `sha512-${createHash('sha512')
      .update(files.get(manifest.file) ?? '')
      .digest('base64')}`;
    const dist = { tarball: `${url}/${manifest.file}`, integrity };
    const { name, version } = manifest;
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify({
        name,
        'dist-tags': { latest: version },
        versions: { [version]: { ...manifest, dist } },
      }),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    // Those who have called us run unbuilt, and have told npm so.
    env: { 'npm_config_@krater:registry': url, npm_config_node_options: undefined },
    async [Symbol.asyncDispose]() {
      server.close().closeAllConnections();
      await once(server, 'close');
    },
  };
}
