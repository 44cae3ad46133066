import { type DocumentReader, decode, nearest, type Problem, type SourceFile } from '@krater/documents';
import type { z } from 'zod';
import { translate } from '../istio/index.ts';
import type { ForeignKind } from '../mixer.ts';
import type { ConfigDocument, ConfigPath, NativeKind } from './document.ts';
import { nativeKinds } from './document.ts';
import { Findings } from './findings.ts';
import {
  type AttributeManifestSpec,
  attributeManifestSpec,
  type HandlerSpec,
  handlerSpec,
  type InstanceSpec,
  instanceSpec,
  type QuotaSpecBindingSpec,
  type QuotaSpecSpec,
  quotaSpecBindingSpec,
  quotaSpecSpec,
  type RuleSpec,
  ruleSpec,
} from './schemas.ts';

/** A document whose spec has been decoded. */
export interface Declared<S> {
  /** `namespace/name`. */
  readonly id: string;
  readonly name: string;
  readonly namespace: string;
  readonly spec: S;
  readonly document: ConfigDocument;
}

/** Everything a configuration declares, decoded and named, before anything refers to anything. */
export interface Declarations {
  readonly Rule: ReadonlyMap<string, Declared<RuleSpec>>;
  readonly Handler: ReadonlyMap<string, Declared<HandlerSpec>>;
  readonly Instance: ReadonlyMap<string, Declared<InstanceSpec>>;
  readonly AttributeManifest: ReadonlyMap<string, Declared<AttributeManifestSpec>>;
  readonly QuotaSpec: ReadonlyMap<string, Declared<QuotaSpecSpec>>;
  readonly QuotaSpecBinding: ReadonlyMap<string, Declared<QuotaSpecBindingSpec>>;
  /** Kinds that somebody else owns, by kind. */
  readonly foreign: ReadonlyMap<string, readonly Declared<unknown>[]>;
  readonly findings: Findings;
}

const schemas: Record<NativeKind, z.ZodType> = {
  Rule: ruleSpec,
  Handler: handlerSpec,
  Instance: instanceSpec,
  AttributeManifest: attributeManifestSpec,
  QuotaSpec: quotaSpecSpec,
  QuotaSpecBinding: quotaSpecBindingSpec,
};

export const originalApiVersion = 'config.istio.io/v1alpha2';
export const nativeApiVersion = 'krater.dev/v1';

/** Reads files into declarations, translating the original's documents at the door. All mistakes are in the findings. */
export function readDeclarations(
  reader: DocumentReader,
  files: readonly SourceFile[],
  rootNamespace: string,
  kinds: readonly ForeignKind[],
): Declarations {
  const findings = new Findings();
  const { documents, problems } = reader.read(files);
  const translated = translate(documents.filter(document => document.apiVersion === originalApiVersion), rootNamespace);
  findings.problems.push(...problems, ...translated.problems);
  const native = documents
    .filter(document => document.apiVersion === nativeApiVersion)
    .map(
      (source): ConfigDocument => ({
        kind: source.kind,
        name: source.name,
        namespace: source.namespace ?? kinds.find(({ kind }) => kind === source.kind)?.defaultNamespace ?? rootNamespace,
        spec: source.value['spec'],
        source,
        sourcePath: path => path,
        imported: false,
      }),
    );
  const sets = Object.fromEntries(nativeKinds.map(kind => [kind, new Map<string, Declared<unknown>>()]));
  const foreign = new Map<string, Declared<unknown>[]>(kinds.map(({ kind }) => [kind, []]));
  for (const document of [...native, ...translated.documents]) {
    const foreignKind = kinds.find(({ kind }) => kind === document.kind);
    const schema = foreignKind?.schema ?? (Object.hasOwn(schemas, document.kind) ? schemas[document.kind as NativeKind] : undefined);
    if (schema === undefined) unknownKind(document, [...nativeKinds, ...foreign.keys()], findings);
    else declare(document, schema, foreignKind === undefined ? sets[document.kind] : foreign.get(document.kind), findings);
  }
  checkForeign(kinds, foreign, findings);
  return { ...(sets as unknown as Omit<Declarations, 'foreign' | 'findings'>), foreign, findings };
}

function declare(
  document: ConfigDocument,
  schema: z.ZodType,
  into: Map<string, Declared<unknown>> | Declared<unknown>[] | undefined,
  findings: Findings,
): void {
  const { name, namespace } = document;
  const id = `${namespace}/${name}`;
  const spec = decodeSpec(schema, document, ['spec'], document.spec, findings);
  if (into instanceof Map ? into.has(id) : into?.some(declared => declared.id === id)) {
    const message = `${document.kind} "${name}" is declared twice in namespace "${namespace}"`;
    findings.add(document, ['metadata', 'name'], { code: 'CONFIG_DUPLICATE', message, hint: 'rename or remove one of them' });
    return;
  }
  if (spec === undefined) return;
  const declared: Declared<unknown> = { id, name, namespace, spec: spec.value, document };
  if (into instanceof Map) into.set(id, declared);
  else into?.push(declared);
}

/** Decodes part of a document; undefined, with findings, where it does not fit. */
export function decodeSpec<T>(
  schema: z.ZodType<T>,
  document: ConfigDocument,
  path: ConfigPath,
  value: unknown,
  findings: Findings,
): { readonly value: T } | undefined {
  const result = decode(schema, document.source, path, value ?? {}, { locate: at => document.sourcePath(at) });
  if (result.ok) return result;
  findings.problems.push(...(result.problems as Problem[]));
  return undefined;
}

function unknownKind(document: ConfigDocument, known: readonly string[], findings: Findings): void {
  const near = nearest(document.kind, known);
  const message = `unknown kind "${document.kind}"; there are ${known.map(kind => `"${kind}"`).join(', ')}`;
  const finding = { code: 'CONFIG_UNKNOWN_KIND', message, ...(near !== undefined && { hint: `did you mean "${near}"?` }) } as const;
  findings.add(document, ['kind'], finding);
}

function checkForeign(kinds: readonly ForeignKind[], foreign: ReadonlyMap<string, readonly Declared<unknown>[]>, findings: Findings): void {
  for (const kind of kinds) {
    const declared = foreign.get(kind.kind) ?? [];
    kind.check?.(declared, (path, message, hint) => {
      const [index, ...rest] = path;
      const document = declared[Number(index)]?.document;
      if (document === undefined) return;
      findings.add(document, ['spec', ...rest], { code: 'CONFIG_REJECTED', message, ...(hint !== undefined && { hint }) });
    });
  }
}
