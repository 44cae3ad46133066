import type { MixerStatus } from '@krater/mixer';
import type { Sidecar } from '@krater/proxy';
import type { WorkloadState } from './workload-process.ts';

/** What `/status` of a running krater answers. */
export interface UpStatus {
  readonly version: string;
  readonly folder: string;
  readonly mixer: MixerStatus;
  readonly listening: readonly ListeningAt[];
  readonly workloads: readonly WorkloadStatus[];
}

/** One address that something listens on. */
export interface ListeningAt {
  /** `admin`, `details inbound`, … */
  readonly what: string;
  readonly address: string;
}

export interface WorkloadStatus {
  readonly name: string;
  readonly service: string;
  /** `external` where it has no `run` command and so is somebody else's to start. */
  readonly state: WorkloadState | 'external';
  readonly restarts: number;
  readonly pid?: number;
  /** What its sidecar has counted. */
  readonly proxy: ProxyStatistics;
}

/** Counts of both sides of a sidecar. */
export type ProxyStatistics = ReturnType<Sidecar['statistics']>;
