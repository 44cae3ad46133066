import type {
  Bag,
  Charge,
  DirectResponse,
  FailureClause,
  GrantedQuota,
  HandlerEpoch,
  HeaderOperation,
  LeaseAsk,
  QuotaStanding,
  Reference,
  Status,
  Validity,
} from '@krater/mixer';

/**
 * What travels between a Mixer and its clients, as the codec gives and takes it. Fields of `istio.mixer.v1` are those of
 * the original; what is marked as ours travels in extension fields that other clients and servers skip.
 */

/** Who asks, if it is our own client: the announcement under which answers carry the extension. */
export interface ClientInfo {
  /** The same for the life of a client, and no other client's. */
  readonly id: string;
}

export interface AskedQuotas {
  readonly [name: string]: { readonly amount: number; readonly bestEffort: boolean };
}

export interface CheckRequest {
  readonly bag: Bag;
  readonly quotas: AskedQuotas;
  /** Empty where the caller gave none. */
  readonly dedupId: string;
  /** How many global words the client knows: answers use no other. Our own knows all. */
  readonly globalWords: number;
  /** Ours. */
  readonly client: ClientInfo | undefined;
  /** Ours: amounts wanted ahead of use. */
  readonly leases: readonly LeaseAsk[];
  /** Ours: only the leases are wanted; the request itself is not to be charged. */
  readonly refill: boolean;
}

/** What only our own client is told. */
export interface ReplyExtension {
  readonly decision: string;
  readonly node: string;
  /** Content hash of the configuration that decided. */
  readonly snapshot: string;
  readonly epochs: readonly HandlerEpoch[];
  readonly charges: readonly Charge[];
  readonly standing?: QuotaStanding;
  readonly retryAfter?: number;
}

export interface CheckReply {
  readonly status: Status;
  readonly validity: Validity;
  /** Everything the answer depended on. Whole maps and the presence of maps travel in the extension. */
  readonly references: readonly Reference[];
  readonly requestHeaders: readonly HeaderOperation[];
  readonly responseHeaders: readonly HeaderOperation[];
  readonly directResponse?: DirectResponse;
  readonly quotas: { readonly [name: string]: GrantedQuota };
  readonly krater: ReplyExtension | undefined;
}

/** What a client has lost since it last said so. */
export interface Losses {
  /** Records dropped because the queue was full, or because no Mixer took them. */
  readonly records: number;
}

export interface ReportRequest {
  readonly bags: readonly Bag[];
  readonly client: ClientInfo | undefined;
  /** Ours: the same for a retry, and for no other batch of this client; empty where there is none. */
  readonly batchId: string;
  readonly losses: Losses;
}

/** One message of the watch stream: the state of a Mixer, whole. */
export interface WatchUpdate {
  readonly node: string;
  readonly snapshot: string;
  readonly generation: number;
  readonly epochs: readonly HandlerEpoch[];
  /** Left out where it has not changed since the last message of this stream. */
  readonly failureTable?: readonly FailureClause[];
  /** It takes no new calls: go elsewhere, and keep what is cached. */
  readonly draining: boolean;
}
