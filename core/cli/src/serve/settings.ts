/** Where a configuration is and how it is taken. */
export interface ConfigSettings {
  readonly folder: string;
  readonly strict: boolean;
  /**
   * What decisions of this Mixer are named after; made up if left out. Something is added that is another with each
   * start: clients know by it that the Mixer whose answers they have cached is gone.
   */
  readonly node?: string | undefined;
  /** Milliseconds for one check; the engine's own if left out. */
  readonly checkDeadline?: number | undefined;
}
