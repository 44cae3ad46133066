/** What happens to something that was launched. */
export interface LaunchEvents {
  readonly message: (text: string) => void;
  /** A line that it printed. */
  readonly line: (stream: 'stdout' | 'stderr', text: string) => void;
  /** It has ended and will tell nothing more; called once. */
  readonly ended: (reason: string) => void;
}

/** A running thread, process or connection. */
export interface Launched {
  send(text: string): void;
  /** Bytes that count against its limit; undefined where nobody can tell from outside. */
  memory?(): Promise<number | undefined>;
  /** Ends it at once, also one that hangs; resolves when nothing of it is left. */
  end(): Promise<void>;
}

/** Starts what handlers of one adapter run in. */
export interface Launcher {
  launch(events: LaunchEvents): Promise<Launched>;
  /** Nothing will be launched any more, and what was has ended: lets go of what launching needed. */
  close?(): Promise<void>;
  /** It may be away for reasons that are not the configuration's, and come back. */
  readonly mayBeAway?: true;
  /** Bytes beyond which it is started anew, where there is a limit. */
  readonly memoryLimit?: number;
}
