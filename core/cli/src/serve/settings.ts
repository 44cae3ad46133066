/** Where a configuration is and how it is taken. */
export interface ConfigSettings {
  readonly folder: string;
  readonly strict: boolean;
  /** What decisions of this Mixer are named after; made up if left out. */
  readonly node?: string | undefined;
  /** Milliseconds for one check; the engine's own if left out. */
  readonly checkDeadline?: number | undefined;
}
