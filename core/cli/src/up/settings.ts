import type { ConfigSettings } from '../serve/settings.ts';

/** What the command line of `krater up` says. */
export interface UpSettings extends ConfigSettings {
  readonly host: string;
  /** Of the Mixer's gRPC. */
  readonly port: number;
  readonly adminPort: number;
  readonly adminToken: string | undefined;
  /** Send the traffic that services declare. */
  readonly traffic: boolean;
  /** Follow changes of the files. */
  readonly watch: boolean;
  /** In processes: what sidecars do that have never reached the Mixer. */
  readonly beforeFirstMixer: 'allow' | 'deny';
}
