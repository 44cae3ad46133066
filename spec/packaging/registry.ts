import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname } from 'node:path';
import { json } from 'node:stream/consumers';
import { mustRun } from './command.ts';

/** A registry on this machine, for packages that are packed and not published elsewhere. */
export interface Registry extends AsyncDisposable {
  /** What npm must be told, in its environment, to install `@krater/…` from here, and all else from where it always does. */
  readonly env: NodeJS.ProcessEnv;
  /** The same, to use this registry for everything, publishing too. */
  readonly alone: NodeJS.ProcessEnv;
}

interface Manifest {
  readonly name: string;
  readonly version: string;
}

/** What npm sends to publish a package. */
interface Publishing {
  readonly versions: Readonly<Record<string, Manifest>>;
  readonly _attachments: Readonly<Record<string, { readonly data: string }>>;
}

/** Serves packed tarballs as npm's registry would: a document for each package, and its file; takes what is published. */
export async function startRegistry(tarballs: readonly string[]): Promise<Registry> {
  const published = new Map<string, { readonly manifest: Manifest; readonly file: Buffer }>();
  for (const path of tarballs) {
    const manifest: Manifest = JSON.parse(
      await mustRun('tar', ['-xzOf', path, 'package/package.json'], { cwd: dirname(path) }),
    );
    published.set(manifest.name, { manifest, file: readFileSync(path) });
  }
  const server = createServer(async (request, response) => {
    const path = decodeURIComponent(request.url ?? '').slice(1);
    if (request.method === 'PUT') {
      const { versions, _attachments } = (await json(request)) as Publishing;
      const [manifest] = Object.values(versions);
      const [attached] = Object.values(_attachments);
      if (manifest === undefined || attached === undefined) return response.writeHead(400).end('{}');
      published.set(path, { manifest, file: Buffer.from(attached.data, 'base64') });
      return response.writeHead(201).end('{}');
    }
    const found = published.get(path.replace(/\.tgz$/, ''));
    if (found === undefined) return response.writeHead(404).end('{}');
    if (path.endsWith('.tgz')) return response.end(found.file);
    response.setHeader('content-type', 'application/json').end(JSON.stringify(packageDocument(found)));
  });
  const packageDocument = ({ manifest, file }: { readonly manifest: Manifest; readonly file: Buffer }) => {
    const { name, version } = manifest;
    const integrity = `sha512-${createHash('sha512').update(file).digest('base64')}`;
    const dist = { tarball: `${url}/${name}.tgz`, integrity };
    return { name, 'dist-tags': { latest: version }, versions: { [version]: { ...manifest, dist } } };
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const url = `http://${host}`;
  // Those who have called us run unbuilt, and have told npm so.
  const env = { 'npm_config_@krater:registry': url, npm_config_node_options: undefined };
  return {
    env,
    // npm publishes for nobody without a token; any will do here.
    alone: { ...env, npm_config_registry: url, [`npm_config_//${host}/:_authToken`]: 'anybody' },
    async [Symbol.asyncDispose]() {
      server.close().closeAllConnections();
      await once(server, 'close');
    },
  };
}
