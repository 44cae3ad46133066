import type { Mixer, MixerAccess } from '@krater/mixer';
import { silentLog, systemAmbient } from '@krater/mixer';
import { createMixerClient, createMixerServer, type MixerClientOptions, transports } from '@krater/wire';

/** A way to reach a Mixer. */
export interface Placement {
  readonly name: string;
  /** The access, and what ends it; the Mixer itself stays. */
  reach(mixer: Mixer): Promise<{ readonly access: MixerAccess; close(): Promise<void> }>;
}

const quiet = { ...systemAmbient, log: silentLog };

/** Over real sockets; a server and a client that end together. */
export function remote(name: string, options: Partial<MixerClientOptions> = {}): Placement {
  return {
    name,
    async reach(mixer) {
      const server = await createMixerServer({
        mixer,
        listen: { host: '127.0.0.1', port: 0 },
        ambient: quiet,
      });
      const client = createMixerClient({
        addresses: ['port' in server.address ? `127.0.0.1:${server.address.port}` : ''],
        // Machines are slow sometimes.
        timeout: 5_000,
        leases: false,
        ambient: quiet,
        ...options,
      });
      return {
        access: client,
        async close() {
          await client.close(1_000);
          await server.drain(1_000);
        },
      };
    },
  };
}

/** Everywhere that a Mixer can be asked. A case that holds for one holds for all. */
export const placements: readonly Placement[] = [
  { name: 'embedded', reach: async mixer => ({ access: mixer, close: async () => {} }) },
  ...transports.map(transport => remote(transport, { transport })),
];
