import { attributesOf } from '../expression/analysis.ts';
import type { Listener } from '../mixer.ts';
import type { RuleDraft } from './compile-rule.ts';
import type { Declarations } from './declarations.ts';
import type { Findings } from './findings.ts';
import type { HandlerSource } from './handler-sources.ts';

/** Attributes that are read and that nobody supplies: a warning, an error where that is wanted. */
export function warnOfUnsupplied(
  drafts: readonly RuleDraft[],
  { listeners, strict }: { readonly listeners: readonly Listener[]; readonly strict: boolean },
  findings: Findings,
): void {
  if (listeners.length === 0) return;
  const supplied = new Set(listeners.flatMap(listener => listener.supplies));
  for (const draft of drafts)
    for (const { instance } of draft.producers)
      for (const { attribute } of instance.bindings) supplied.add(attribute);
  const told = new Set<string>();
  for (const { expression, document, path } of drafts.flatMap(draft => draft.expressions)) {
    for (const { name, defaulted, start, end } of attributesOf(expression.tree)) {
      const key = `${document.source.file.path}:${document.source.index}:${path.join('.')}:${name}`;
      if (defaulted || supplied.has(name) || name.includes('output.') || told.has(key)) continue;
      told.add(key);
      const message = `no listener and no producer supplies "${name}"`;
      const hint = `write ${name} | "…" to say what stands in for it`;
      const severity = strict ? 'error' : 'warning';
      findings.add(
        document,
        path,
        { code: 'ATTRIBUTE_NOT_SUPPLIED', message, hint, severity },
        { span: { start, end } },
      );
    }
  }
}

/** Handlers and instances that no rule uses. */
export function warnOfUnused(
  declarations: Declarations,
  handlers: ReadonlyMap<string, HandlerSource | undefined>,
  usedInstances: ReadonlySet<string>,
  findings: Findings,
): void {
  for (const { id, name, document } of declarations.Handler.values()) {
    if (handlers.get(id)?.instances.size !== 0) continue;
    const message = `no rule uses handler "${name}", so it is not created`;
    findings.add(document, ['metadata', 'name'], { code: 'HANDLER_UNUSED', message, severity: 'warning' });
  }
  for (const { id, name, document } of declarations.Instance.values()) {
    if (usedInstances.has(id)) continue;
    const message = `no rule uses instance "${name}"`;
    findings.add(document, ['metadata', 'name'], { code: 'INSTANCE_UNUSED', message, severity: 'warning' });
  }
}
