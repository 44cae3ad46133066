import { watchFolder } from '@krater/documents';
import type { Action } from '../command.ts';
import { ANNOUNCER, composeMixer, FILES, MIXER } from '../compose.ts';
import { startAdmin } from '../serve/admin-server.ts';
import { adminTokenOf } from '../serve/admin-token.ts';
import type { ListeningAt } from '../serve/listen.ts';
import { handlerAilments, mixerPages } from '../serve/mixer-pages.ts';
import {
  adminTls,
  drainTime,
  grpcAddress,
  type ServerFlags,
  serverOptions,
  startMixerServer,
} from '../serve/mixer-server.ts';
import { createReloader } from '../serve/reloader.ts';
import { runUntilStopped } from '../serve/run.ts';
import { scrapeAddresses } from '../up/addresses.ts';
import { version } from '../version.ts';

interface Options extends ServerFlags {
  readonly adminPort: number;
  readonly adminToken?: string;
  readonly node?: string;
  readonly checkDeadline?: number;
  readonly watch: boolean;
  readonly strict?: boolean;
}

/** `krater mixer`: a Mixer alone, for proxies that run elsewhere; the order in which it starts, from top to bottom. */
export const mixer: Action<Options> = async (terminal, [folder = '.'], options) => {
  const { strict = false, node, checkDeadline } = options;
  const parts = composeMixer({ folder, strict, node, checkDeadline }, terminal);
  const announcer = parts.get(ANNOUNCER);

  return runUntilStopped(announcer, async shutdown => {
    // The configuration first: a bad one starts nothing.
    const mixer = await parts.getAsync(MIXER);
    shutdown.add('the mixer', () => mixer.close());

    // Health before calls come, so that whoever supervises us sees them come.
    let ready = false;
    const status = () => ({
      version,
      folder,
      mixer: mixer.status(),
      listening: addresses(),
      workloads: [],
      server: server?.statistics(),
    });
    const metrics = async () => (await mixer.metrics()) + (server?.metrics() ?? '');
    const tls = adminTls(options, announcer.log);
    const admin = await startAdmin(
      {
        pages: { status, metrics, ...mixerPages(mixer) },
        unready: () => (ready ? undefined : 'the gRPC port is not open'),
        ailments: () => handlerAilments(mixer),
      },
      { host: options.host, port: options.adminPort, token: adminTokenOf(options.adminToken), tls },
    );
    shutdown.add('the admin port', () => admin.close());

    const server = await startMixerServer(mixer, serverOptions(options), announcer.log);
    ready = true;
    shutdown.add('the gRPC port', () => {
      ready = false;
      return server.drain(drainTime);
    });
    const addresses = (): readonly ListeningAt[] => [
      { what: 'mixer', address: grpcAddress(server) },
      { what: 'admin', address: `${tls === undefined ? 'http' : 'https'}://${admin.address}/status` },
      ...scrapeAddresses(mixer),
    ];
    announcer.listening(addresses());

    if (!options.watch) return;
    const files = await parts.getAsync(FILES);
    const reload = createReloader(files, { reload: changed => mixer.reload(changed), announcer, addresses });
    const watching = watchFolder(folder, reload, {
      alsoWatch: () => mixer.secretFiles(),
      known: files,
      onError: error => announcer.failed(error),
    });
    shutdown.add('the watch', () => watching.close());
    await watching.ready;
  });
};
