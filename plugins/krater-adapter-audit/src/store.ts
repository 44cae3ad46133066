import { defineService, defineToken, type MaybePromise } from '@krater/mixer';

/** One thing that somebody did: variables as the rules name them. */
export type AuditRecord = Readonly<Record<string, unknown>>;

/** Where records go. */
export interface AuditStore {
  append(records: readonly AuditRecord[]): MaybePromise<void>;
}

/** The name under which the adapter needs a store: an operator may put another one in its place. */
export const AuditStore = defineToken<AuditStore>('krater-adapter-audit/store');

/** The store that is there if nobody brings another: Krater's own log. */
export const logStore = defineService(AuditStore, ({ log }) => ({
  append(records) {
    for (const record of records) log.info('audit', record);
  },
}));
