import type { CompiledInstance } from '../runtime/instance.ts';
import type { AnyTemplate } from '../template.ts';
import type { Vocabulary } from '../vocabulary/vocabulary.ts';
import type { Declarations } from './declarations.ts';
import type { HandlerSource } from './handler-sources.ts';

/** What compiling one rule may look at. */
export interface RuleContext {
  readonly declarations: Declarations;
  readonly vocabulary: Vocabulary;
  readonly rootNamespace: string;
  /** Handlers by id, inline ones included; a handler that has problems of its own is known and undefined. */
  readonly handlers: ReadonlyMap<string, HandlerSource | undefined>;
  /** Names of rules' handlers that are no Handler but an adapter: what was meant is plain. */
  readonly adapterNames: ReadonlySet<string>;
  /** Compiled named instances by template and id, shared by all rules; two adapters may have templates of one name. */
  readonly instances: Map<AnyTemplate, Map<string, CompiledInstance | undefined>>;
  readonly used: { readonly instances: Set<string> };
  readonly unknownField: () => void;
}
