import type { MixerStatus } from '@krater/mixer';
import type { Sidecar } from '@krater/proxy';
import type { ListeningAt } from '../serve/listen.ts';
import type { ProcessState } from './supervised-process.ts';

/** What `/status` of a running krater answers. */
export interface UpStatus {
  readonly version: string;
  readonly folder: string;
  /** Left out while the process that it runs in does not answer. */
  readonly mixer?: MixerStatus;
  readonly listening: readonly ListeningAt[];
  readonly workloads: readonly WorkloadStatus[];
  /** Of `krater up --processes`: the Mixer's and each sidecar's. */
  readonly processes?: readonly ProcessStatus[];
}

/** One of our own processes. */
export interface ProcessStatus {
  readonly name: string;
  readonly state: ProcessState;
  readonly restarts: number;
  readonly pid: number | undefined;
}

export interface WorkloadStatus {
  readonly name: string;
  readonly service: string;
  /** `external` where it has no `run` command and so is somebody else's to start. */
  readonly state: ProcessState | 'external';
  readonly restarts: number;
  readonly pid?: number;
  /** What its sidecar has counted; left out where that is a process that has not said yet. */
  readonly proxy?: ProxyStatistics;
}

/** Counts of both sides of a sidecar. */
export type ProxyStatistics = ReturnType<Sidecar['statistics']>;
