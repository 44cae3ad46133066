import type { SourceDocument } from '@krater/documents';
import { isLegacyHandler, isLegacyInstance } from './kinds.ts';

/** What a reference can mean. */
export type Wanted = 'handler' | 'instance';

interface Named {
  readonly name: string;
  readonly namespace: string;
}

/**
 * The name under which a document goes on. Kinds that were named after adapters and templates lived in name spaces of
 * their own, so a metric and a logentry could both be called `requests`: here they are `requests.metric` and
 * `requests.logentry`.
 */
export function nativeName(kind: string, name: string): string {
  return isLegacyHandler(kind) || isLegacyInstance(kind) ? `${name}.${kind}` : name;
}

/** The handlers and instances that the original's documents declare, by the original's full names: `name.kind.namespace`. */
export class Names {
  readonly #byFullName = new Map<string, Named>();
  readonly #rootNamespace: string;

  constructor(documents: readonly SourceDocument[], rootNamespace: string) {
    this.#rootNamespace = rootNamespace;
    for (const document of documents) {
      const { kind, name } = document;
      const namespace = this.namespaceOf(document);
      this.#byFullName.set(`${name}.${kind}.${namespace}`, { name: nativeName(kind, name), namespace });
    }
  }

  namespaceOf({ namespace }: SourceDocument): string {
    return namespace ?? this.#rootNamespace;
  }

  /** A reference of a rule in native syntax: `NAME`, or `NAME.NAMESPACE` for another namespace. */
  reference(text: string, wanted: Wanted, namespace: string): string {
    const { name, namespace: where } = this.#find(text, wanted, namespace);
    return where === undefined || where === namespace ? name : `${name}.${where}`;
  }

  /** The name of an instance, which adapters compare with what their params repeat as text. */
  instanceName(text: string, namespace: string): string {
    return this.#find(text, 'instance', namespace).name;
  }

  /** Where nothing is found, the text goes on, so that the loader says what there is to choose from. */
  #find(
    text: string,
    wanted: Wanted,
    namespace: string,
  ): { readonly name: string; readonly namespace?: string } {
    const found = candidates(text, wanted, namespace).map(full => this.#byFullName.get(full));
    const named = found.find(candidate => candidate !== undefined);
    if (named !== undefined) return named;
    const [name, kind, where, ...more] = text.split('.');
    // Perhaps a native document: those have no kind in their names.
    if (kind === wanted && where !== undefined && more.length === 0)
      return { name: name as string, namespace: where };
    return { name: text };
  }
}

/** Two segments are ambiguous, `NAME.KIND` or `NAME.NAMESPACE`, and are tried in this order. */
function candidates(text: string, wanted: Wanted, namespace: string): readonly string[] {
  const segments = text.split('.');
  const [first, second] = segments;
  if (segments.length === 1) return [`${first}.${wanted}.${namespace}`];
  if (segments.length === 2) return [`${first}.${second}.${namespace}`, `${first}.${wanted}.${second}`];
  return [text];
}
