import type { Log } from '../env.ts';

export interface LogEntry {
  readonly level: keyof Log;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface RecordedLog extends Log {
  /** What was logged, oldest first. */
  readonly entries: readonly LogEntry[];
}

/**
 * Makes a log that keeps what it is told.
 *
 * @example
 * const log = recordedLog();
 * const mixer = await createMixer({ config, adapters, log });
 * await mixer.close();
 * assert.equal(log.entries, []);
 */
export function recordedLog(): RecordedLog {
  const entries: LogEntry[] = [];
  const record =
    (level: keyof Log) =>
    (message: string, fields: LogEntry['fields'] = {}) =>
      void entries.push({ level, message, fields });
  return {
    entries,
    debug: record('debug'),
    info: record('info'),
    warn: record('warn'),
    error: record('error'),
  };
}
