import type { AttributeDeclaration, Vocabulary } from '../vocabulary/vocabulary.ts';
import type { Declared } from './declarations.ts';
import type { Findings } from './findings.ts';
import type { AttributeManifestSpec } from './schemas.ts';

/** Adds the attributes of manifests to a vocabulary. Declaring one again is fine with the same type, and a conflict otherwise. */
export function declareAttributes(
  manifests: ReadonlyMap<string, Declared<AttributeManifestSpec>>,
  vocabulary: Vocabulary,
  findings: Findings,
): Vocabulary {
  const added = new Map<string, AttributeDeclaration>();
  for (const { document, spec } of manifests.values()) {
    for (const [name, { type, ...rest }] of Object.entries(spec.attributes)) {
      const path = ['spec', 'attributes', name];
      const known = vocabulary.get(name) ?? added.get(name);
      if (known !== undefined) {
        if (known.type === type) continue;
        const message = `attribute "${name}" is declared as ${known.type} already, found ${type}`;
        findings.add(document, [...path, 'type'], {
          code: 'ATTRIBUTE_CONFLICT',
          message,
          hint: `write type: ${known.type}`,
        });
      } else if (/^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$/.test(name) && !isOutput(name)) {
        added.set(name, { name, type, ...rest });
      } else {
        const message = isOutput(name)
          ? `attribute name "${name}" is that of an adapter's output`
          : `attribute name "${name}" is not made of dotted words`;
        findings.add(
          document,
          path,
          { code: 'ATTRIBUTE_BAD_NAME', message, hint: 'write it like team.name' },
          { at: 'key' },
        );
      }
    }
  }
  return vocabulary.extend([...added.values()]);
}

/** `output.FIELD` and `ACTION.output.FIELD` are how expressions read what adapters answer. */
function isOutput(name: string): boolean {
  return /(^|\.)output\./.test(name);
}
