/** What the command line of `krater up` says. */
export interface UpSettings {
  readonly folder: string;
  readonly host: string;
  readonly adminPort: number;
  readonly adminToken: string | undefined;
  readonly strict: boolean;
  /** Send the traffic that services declare. */
  readonly traffic: boolean;
  /** Follow changes of the files. */
  readonly watch: boolean;
}
