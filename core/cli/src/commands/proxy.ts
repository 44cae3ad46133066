import { formatAddress } from '@krater/config';
import { watchFolder } from '@krater/documents';
import { systemClock } from '@krater/mixer';
import { createSidecar } from '@krater/proxy';
import type { Action } from '../command.ts';
import { chosenWorkload } from '../proxy/chosen-workload.ts';
import {
  type ConnectionFlags,
  parseMixerAddresses,
  readUnreachable,
  transportTls,
} from '../proxy/client-flags.ts';
import { findOverseer } from '../proxy/overseer.ts';
import { readPeerKey } from '../proxy/peer-key.ts';
import { embedMixer, type Placement, reachMixer } from '../proxy/placement.ts';
import { startAdmin } from '../serve/admin-server.ts';
import { adminTokenOf } from '../serve/admin-token.ts';
import { type Announcer, createAnnouncer } from '../serve/announcer.ts';
import type { ListeningAt } from '../serve/listen.ts';
import { createReloader } from '../serve/reloader.ts';
import { runUntilStopped } from '../serve/run.ts';
import type { Terminal } from '../terminal.ts';
import { applyEndpoints, declaredEndpoints } from '../up/endpoints.ts';
import { proxyMetrics } from '../up/proxy-metrics.ts';
import { version } from '../version.ts';

interface Options extends ConnectionFlags {
  readonly service: string;
  readonly workload?: string;
  readonly config: string;
  readonly mixer: string;
  readonly host: string;
  readonly port?: number;
  readonly outboundPort?: number;
  readonly adminPort: number;
  readonly adminToken?: string;
  readonly unreachable?: string;
  readonly beforeFirstMixer: 'allow' | 'deny';
  readonly peerKeyFile?: string;
  readonly checkDeadline?: number;
  readonly leases: boolean;
  readonly watch: boolean;
}

/** Requests under way get so many milliseconds when the proxy stops. */
const drainTime = 1_500;
/** How often whoever started us is told what we have counted, in milliseconds. */
const newsInterval = 1_000;

/** `krater proxy`: one sidecar alone; the order in which it starts, from top to bottom. */
export const proxy: Action<Options> = async (terminal, _args, options) => {
  const announcer = createAnnouncer(terminal);
  const { key: peerKey, shared } = readPeerKey(options.peerKeyFile);
  if (!shared) announcer.log.warn('no peer key was given, so who calls cannot be told: set KRATER_PEER_KEY');

  return runUntilStopped(announcer, async shutdown => {
    const overseer = await findOverseer();
    // The Mixer, or the way to it, and the services.
    const placement = await placed(terminal, options, announcer);
    shutdown.add('the mixer', () => placement.close());
    const { registry, mixer } = placement;
    const { name, sidecar: ports } = chosenWorkload(registry, options.service, options.workload);

    // Others are found before the first request comes.
    const locate = () => applyEndpoints(registry, declaredEndpoints(registry), name);
    if (overseer === undefined) locate();
    else overseer.follow(endpoints => applyEndpoints(registry, endpoints, name));

    const sidecar = await createSidecar({
      workload: name,
      registry,
      mixer,
      peerKey,
      inbound: { host: options.host, port: options.port ?? (ports.inbound || 15006) },
      // Only the application beside it calls out through a sidecar.
      outbound: { host: '127.0.0.1', port: options.outboundPort ?? (ports.outbound || 15001) },
      log: announcer.log,
      clock: systemClock,
    });
    shutdown.add('the sidecar', () => sidecar.drain(drainTime));

    const addresses = (): readonly ListeningAt[] => [
      { what: `${name} inbound`, address: formatAddress(sidecar.addresses.inbound) },
      { what: `${name} outbound`, address: formatAddress(sidecar.addresses.outbound) },
      { what: `${name} admin`, address: `http://${admin.address}/status` },
    ];
    const counted = () => [{ name, proxy: sidecar.statistics() }];
    const status = () => ({
      version,
      folder: options.config,
      workload: name,
      ...placement.status(),
      listening: addresses(),
      proxy: sidecar.statistics(),
    });
    const metrics = async () => (await placement.metrics()) + proxyMetrics(counted());
    const admin = await startAdmin(
      { pages: { status, metrics }, unready: () => undefined },
      { host: options.host, port: options.adminPort, token: adminTokenOf(options.adminToken) },
    );
    shutdown.add('the admin port', () => admin.close());
    announcer.listening(addresses());

    if (overseer !== undefined) {
      const news = setInterval(() => overseer.tell({ statistics: sidecar.statistics() }), newsInterval);
      shutdown.add('the news', () => clearInterval(news));
    }
    if (!options.watch) return;
    const reload = createReloader(placement.files, {
      reload: files => placement.reload(files),
      announcer,
      addresses,
      applied: async () => (overseer === undefined ? locate() : undefined),
    });
    const watching = watchFolder(options.config, reload, {
      alsoWatch: () => placement.secretFiles(),
      known: placement.files,
      onError: error => announcer.failed(error),
    });
    shutdown.add('the watch', () => watching.close());
    await watching.ready;
  });
};

function placed(terminal: Terminal, options: Options, { log }: Announcer): Promise<Placement> {
  const { checkDeadline } = options;
  const settings = { folder: options.config, strict: false, checkDeadline };
  if (options.mixer === 'embedded') return embedMixer(settings, terminal);
  const tls = transportTls(options);
  return reachMixer(
    settings,
    {
      addresses: parseMixerAddresses(options.mixer),
      transport: options.transport,
      beforeFirstMixer: options.beforeFirstMixer,
      leases: options.leases,
      ...(checkDeadline !== undefined && { timeout: checkDeadline }),
      ...(tls !== undefined && { tls }),
      ...(options.unreachable !== undefined && { unreachable: readUnreachable(options.unreachable) }),
    },
    log,
  );
}
