import { nearest } from '@krater/documents';
import type { Declarations, Declared } from './declarations.ts';
import type { ConfigDocument, ConfigPath } from './document.ts';

/** A reference by name, from a document and a place in it. */
export interface Reference {
  readonly name: string;
  readonly document: ConfigDocument;
  readonly path: ConfigPath;
  /** What to say instead of the nearest name where it means nothing. */
  readonly hint?: string | undefined;
}

/**
 * Finds what a name means: a document of the own namespace, else of the root namespace, else `NAME.NAMESPACE` of a
 * namespace that exports it. A name that means nothing is a problem with the nearest name.
 */
export function resolveReference<S extends { readonly exportTo?: readonly string[] | undefined }>(
  reference: Reference,
  declared: ReadonlyMap<string, Declared<S>>,
  rootNamespace: string,
  kind: 'Handler' | 'Instance',
  { broken, findings }: Pick<Declarations, 'broken' | 'findings'>,
): Declared<S> | undefined {
  const { name, document, path } = reference;
  const { namespace } = document;
  const plain = declared.get(`${namespace}/${name}`) ?? declared.get(`${rootNamespace}/${name}`);
  if (plain !== undefined) return plain;
  const [dot, isBroken] = [
    name.lastIndexOf('.'),
    (where: string, what: string) => broken.has(`${kind} ${where}/${what}`),
  ];
  if (
    isBroken(namespace, name) ||
    isBroken(rootNamespace, name) ||
    isBroken(name.slice(dot + 1), name.slice(0, dot))
  )
    return undefined;
  const elsewhere = dot < 0 ? undefined : declared.get(`${name.slice(dot + 1)}/${name.slice(0, dot)}`);
  if (elsewhere !== undefined) {
    const { exportTo = [] } = elsewhere.spec;
    if (elsewhere.namespace === namespace || elsewhere.namespace === rootNamespace) return elsewhere;
    if (exportTo.includes('*') || exportTo.includes(namespace)) return elsewhere;
    const message = `"${elsewhere.name}" of namespace "${elsewhere.namespace}" is not exported to namespace "${namespace}"`;
    findings.add(document, path, {
      code: 'REFERENCE_NOT_EXPORTED',
      message,
      hint: `add exportTo: ["${namespace}"] to its spec`,
    });
    return undefined;
  }
  const visible = [...declared.values()].filter(
    other => other.namespace === namespace || other.namespace === rootNamespace,
  );
  const near = nearest(
    name,
    visible.map(other => other.name),
  );
  const where = [...new Set([namespace, rootNamespace])].map(place => `"${place}"`).join(' or ');
  const message = `no ${kind} is called "${name}" in namespace ${where}`;
  const hint = reference.hint ?? (near === undefined ? undefined : `did you mean "${near}"?`);
  const code = kind === 'Handler' ? 'HANDLER_UNKNOWN' : 'INSTANCE_UNKNOWN';
  findings.add(document, path, {
    code,
    message,
    ...(hint !== undefined && { hint }),
  });
  return undefined;
}
