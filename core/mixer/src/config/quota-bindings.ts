import { compilePattern } from '../expression/pattern.ts';
import type { BoundSpec } from '../runtime/quota-spec.ts';
import type { Rule } from '../runtime/rule.ts';
import type { Vocabulary } from '../vocabulary/vocabulary.ts';
import type { Declarations, Declared } from './declarations.ts';
import type { Findings } from './findings.ts';
import type { QuotaSpecSpec } from './schemas.ts';

/** Joins QuotaSpecs and their bindings, and checks that what they charge and match on exists. */
export function bindQuotaSpecs(
  declarations: Declarations,
  rules: readonly Rule<string>[],
  vocabulary: Vocabulary,
  rootNamespace: string,
): BoundSpec[] {
  const { findings } = declarations;
  const quotas = new Set(
    rules.flatMap(rule => rule.quotas.flatMap(({ instance }) => shortNames(instance.name))),
  );
  for (const spec of declarations.QuotaSpec.values()) checkSpec(spec, quotas, vocabulary, findings);
  const bound: BoundSpec[] = [];
  for (const { document, namespace, spec } of declarations.QuotaSpecBinding.values()) {
    for (const [index, reference] of spec.quotaSpecs.entries()) {
      const named = (where: string) => declarations.QuotaSpec.get(`${where}/${reference.name}`);
      const found =
        named(reference.namespace ?? namespace) ??
        (reference.namespace === undefined ? named(rootNamespace) : undefined);
      const isRoot = namespace === rootNamespace;
      if (found !== undefined) bound.push({ spec: found.spec, services: spec.services, namespace, isRoot });
      else {
        const message = `no QuotaSpec is called "${reference.name}" in namespace "${reference.namespace ?? namespace}"`;
        findings.add(document, ['spec', 'quotaSpecs', index, 'name'], { code: 'QUOTASPEC_UNKNOWN', message });
      }
    }
  }
  return bound;
}

function shortNames(instance: string): string[] {
  const name = instance.toLowerCase();
  return [name, name.split('.')[0] as string];
}

function checkSpec(
  { document, spec }: Declared<QuotaSpecSpec>,
  quotas: ReadonlySet<string>,
  vocabulary: Vocabulary,
  findings: Findings,
): void {
  for (const [index, rule] of spec.rules.entries()) {
    for (const [at, { quota }] of rule.quotas.entries()) {
      if (quotas.has(quota.toLowerCase())) continue;
      const message = `no rule sends a quota instance called "${quota}" to a handler`;
      findings.add(document, ['spec', 'rules', index, 'quotas', at, 'quota'], {
        code: 'QUOTA_UNKNOWN',
        message,
      });
    }
    for (const [at, { clause }] of rule.match.entries()) {
      for (const [attribute, match] of Object.entries(clause)) {
        const path = ['spec', 'rules', index, 'match', at, 'clause', attribute];
        const declaration = vocabulary.get(attribute);
        const complain = (message: string, key: boolean) =>
          findings.add(document, path, { code: 'QUOTASPEC_BAD_MATCH', message }, key ? { at: 'key' } : {});
        if (declaration === undefined) complain(`unknown attribute "${attribute}"`, true);
        else if (declaration.type !== 'STRING')
          complain(`attribute "${attribute}" is ${declaration.type}; only STRING can be matched`, true);
        if ('regex' in match) {
          try {
            compilePattern(match.regex);
          } catch (error) {
            complain(`bad pattern: ${(error as Error).message}`, false);
          }
        }
      }
    }
  }
}
