import type { ConfigDocument } from '../config/document.ts';
import type { Expression } from '../expression/expression.ts';
import type { Value } from '../value.ts';
import type { Vocabulary } from '../vocabulary/vocabulary.ts';
import type { CompiledInstance } from './instance.ts';

/** An instance sent to a handler. `H` is the handler's id while compiled, the live handler once linked. */
export interface Action<H> {
  readonly handler: H;
  readonly instance: CompiledInstance;
  /** Where its output stands in the rule's extended vocabulary, for header operations that read it. */
  readonly outputs: readonly { readonly field: string; readonly slot: number }[];
}

export interface HeaderTemplate {
  readonly operation: 'replace' | 'append' | 'remove';
  readonly name: string;
  readonly value: Expression | undefined;
}

/** A compiled rule: its match and its actions, sorted by variety. */
export interface Rule<H> {
  /** `namespace/name`. */
  readonly id: string;
  readonly namespace: string;
  /** Of the root namespace: applies to every request, and sees nothing that other namespaces' producers fill in. */
  readonly isRoot: boolean;
  readonly document: ConfigDocument;
  /** Position in decision order: root namespace first, then by priority, then by name. */
  readonly order: number;
  readonly match: Expression;
  readonly clause: { readonly slot: number; readonly value: Value } | undefined;
  readonly onMissing: 'skip' | 'apply';
  /** Undefined: deny for check actions, allow for quota actions. */
  readonly onError: 'allow' | 'deny' | undefined;
  readonly checks: readonly Action<H>[];
  readonly quotas: readonly Action<H>[];
  readonly reports: readonly Action<H>[];
  readonly producers: readonly Action<H>[];
  readonly requestHeaders: readonly HeaderTemplate[];
  readonly responseHeaders: readonly HeaderTemplate[];
  /** The vocabulary with the outputs of named actions, over which header values are evaluated. */
  readonly outputVocabulary: Vocabulary;
  readonly matchReads: ReadonlySet<number>;
  /** Slots that the rule reads before the request (match, check and quota instances, headers). */
  readonly checkReads: ReadonlySet<number>;
  readonly reportReads: ReadonlySet<number>;
  /** Translated from the original's form: its quotas are charged only where a QuotaSpec or the caller says so. */
  readonly imported: boolean;
}
