import type { Problem, SourceFile } from '@krater/documents';
import type { DocumentReader } from '@krater/documents/reader';
import type { Clock } from '../env.ts';
import type { AdapterResolver, ForeignDocument, ForeignKind, Listener } from '../mixer.ts';
import { Breather } from '../runtime/breather.ts';
import { contentHash } from '../runtime/canonical.ts';
import type { HandlerPlan } from '../runtime/handler.ts';
import { compileQuotaCharges } from '../runtime/quota-spec.ts';
import type { Rule } from '../runtime/rule.ts';
import type { CompiledConfig } from '../runtime/snapshot.ts';
import { standardVocabulary } from '../vocabulary/standard.ts';
import { declareAttributes } from './attribute-manifests.ts';
import { inlineHandlerId } from './compile-action.ts';
import { compileRule, type RuleDraft } from './compile-rule.ts';
import { type Declarations, readDeclarations } from './declarations.ts';
import { type HandlerSource, planHandler, resolveHandler } from './handler-sources.ts';
import { bindQuotaSpecs } from './quota-bindings.ts';
import type { RuleContext } from './rule-context.ts';
import { warnOfUnsupplied, warnOfUnused } from './warnings.ts';

export interface CompileOptions {
  readonly reader: DocumentReader;
  readonly resolver: AdapterResolver;
  readonly kinds: readonly ForeignKind[];
  readonly listeners: readonly Listener[];
  readonly rootNamespace: string;
  readonly strict: boolean;
  readonly handlerDeadline: number;
  readonly unknownField: () => void;
  readonly clock: Clock;
}

/** A configuration that compiled, with what to create for it, or why not. Warnings may come with both. */
export interface Compilation {
  readonly config: CompiledConfig | undefined;
  readonly plans: readonly HandlerPlan[];
  readonly sources: ReadonlyMap<string, HandlerSource>;
  readonly foreign: ReadonlyMap<string, readonly ForeignDocument[]>;
  readonly problems: readonly Problem[];
  /** A change of one of these files is a reason to compile again. */
  readonly secretFiles: readonly string[];
}

/** Unknown handlers that are looked for among the adapters: the first few tell what all of them are. */
const mostLookups = 10;

/**
 * Compiles a whole configuration, in the order that one thing needs the other: declarations, vocabulary, handlers,
 * rules, quota charges. Nothing is created and nothing stops at the first mistake.
 */
export async function compileConfig(
  files: readonly SourceFile[],
  options: CompileOptions,
): Promise<Compilation> {
  const { reader, kinds, rootNamespace } = options;
  const breather = new Breather(options.clock);
  const declarations = await readDeclarations(reader, files, rootNamespace, kinds, breather);
  const { findings } = declarations;
  const vocabulary = declareAttributes(declarations.AttributeManifest, standardVocabulary, findings);
  const handlers = await resolveHandlers(declarations, options, breather);
  const used = { instances: new Set<string>() };
  const context: RuleContext = {
    declarations,
    vocabulary,
    rootNamespace,
    handlers,
    adapterNames: await findAdapterNames(declarations, options.resolver),
    instances: new Map(),
    used,
    unknownField: options.unknownField,
  };
  const drafts: RuleDraft[] = [];
  for (const declared of declarations.Rule.values()) {
    const draft = compileRule(declared, context, findings);
    if (draft !== undefined) drafts.push(draft);
    await breather.breathe();
  }
  await breather.pause();
  const rules = orderRules(drafts, rootNamespace);
  await breather.pause();
  const bound = bindQuotaSpecs(declarations, rules, vocabulary, rootNamespace);
  warnOfUnsupplied(drafts, options, findings);
  if (!findings.refused) warnOfUnused(declarations, handlers, used.instances, findings);
  const sources = new Map(
    [...handlers].filter((entry): entry is [string, HandlerSource] => (entry[1]?.instances.size ?? 0) > 0),
  );
  const plans: HandlerPlan[] = [];
  for (const source of sources.values()) {
    plans.push(planHandler(source));
    await breather.breathe();
  }
  const config = findings.refused
    ? undefined
    : {
        hash: await hashOf(declarations, plans, breather),
        vocabulary,
        rules,
        quotaCharges: compileQuotaCharges(bound, vocabulary),
        rootNamespace,
      };
  const { problems } = findings;
  const secretFiles = [...findings.secretFiles];
  return { config, plans, sources, foreign: declarations.foreign, problems, secretFiles };
}

/** The content hash: of resolved documents, in any order, and of what is created for them. */
async function hashOf(
  declarations: Declarations,
  plans: readonly HandlerPlan[],
  breather: Breather,
): Promise<string> {
  const { findings: _, broken: __, foreign, ...native } = declarations;
  const parts = plans.map(({ id, signature }) => `${id} ${signature}`);
  for (const [kind, documents] of [...Object.entries(native), ...foreign]) {
    for (const { id, spec } of documents.values()) {
      parts.push(`${kind} ${id} ${contentHash(spec)}`);
      await breather.breathe();
    }
  }
  return contentHash(parts.sort());
}

async function resolveHandlers(
  declarations: Declarations,
  options: CompileOptions,
  breather: Breather,
): Promise<Map<string, HandlerSource | undefined>> {
  const { resolver, handlerDeadline } = options;
  const { findings } = declarations;
  const handlers = new Map<string, HandlerSource | undefined>();
  for (const { id, spec, document } of declarations.Handler.values()) {
    await breather.breathe();
    handlers.set(id, await resolveHandler(id, spec, document, ['spec'], resolver, handlerDeadline, findings));
  }
  for (const rule of declarations.Rule.values()) {
    for (const [index, { handler }] of rule.spec.actions.entries()) {
      if (typeof handler === 'string') continue;
      await breather.breathe();
      const id = inlineHandlerId(rule, index);
      const path = ['spec', 'actions', index, 'handler'];
      handlers.set(
        id,
        await resolveHandler(id, handler, rule.document, path, resolver, handlerDeadline, findings),
      );
    }
  }
  return handlers;
}

/** Which names of handlers that no document declares are those of adapters: asked only where something is wrong. */
async function findAdapterNames(
  { Rule, Handler }: Declarations,
  resolver: AdapterResolver,
): Promise<ReadonlySet<string>> {
  const declared = new Set([...Handler.values()].map(({ name }) => name));
  const unknown = new Map<string, string>();
  for (const { spec, document } of Rule.values()) {
    for (const { handler } of document.imported ? [] : spec.actions) {
      // Nothing that could be a path: to find an adapter is to import it.
      if (typeof handler === 'string' && !declared.has(handler) && /^[a-z][a-z0-9-]*$/.test(handler))
        unknown.set(handler, document.source.file.path);
    }
  }
  const found = new Set<string>();
  for (const [name, from] of [...unknown].slice(0, mostLookups)) {
    await resolver.resolve(name, from).then(
      () => found.add(name),
      () => {},
    );
  }
  return found;
}

/**
 * Root namespace first, then by priority, then by name. Each rule's index clause is the one whose attribute tells most
 * rules apart; attributes that producers output are no clauses, because the index is asked before they run.
 */
function orderRules(drafts: readonly RuleDraft[], rootNamespace: string): Rule<string>[] {
  const produced = new Set(
    drafts.flatMap(draft =>
      draft.producers.flatMap(({ instance }) => instance.bindings.map(({ slot }) => slot)),
    ),
  );
  const values = new Map<number, Set<string>>();
  for (const { slot, value } of drafts.flatMap(draft => draft.clauses)) {
    values.set(slot, (values.get(slot) ?? new Set()).add(value));
  }
  const rank = ({ namespace }: RuleDraft) => (namespace === rootNamespace ? '' : namespace);
  const inOrder = [...drafts].sort(
    (a, b) => compare(rank(a), rank(b)) || b.priority - a.priority || compare(a.id, b.id),
  );
  return inOrder.map(({ priority: _, clauses, expressions: __, ...rule }, order) => {
    const usable = clauses.filter(({ slot }) => !produced.has(slot));
    const best = usable.sort((a, b) => (values.get(b.slot)?.size ?? 0) - (values.get(a.slot)?.size ?? 0))[0];
    return { ...rule, order, clause: best };
  });
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
