import { decode, nearest, type Problem, type SourceFile } from '@krater/documents';
import { DocumentReader } from '@krater/documents/reader';
import type { z } from 'zod';
import { translate } from '../istio/index.ts';
import type { ForeignKind } from '../mixer.ts';
import type { Breather } from '../runtime/breather.ts';
import { messageOf } from '../runtime/thrown.ts';
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
  /** `kind namespace/name` of documents that have mistakes of their own: what refers to them does not dangle. */
  readonly broken: ReadonlySet<string>;
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

const originalApiVersion = 'config.istio.io/v1alpha2';
const nativeApiVersion = 'krater.dev/v1';

/** Reads documents of our own form and of the original's. */
export function createReader(): DocumentReader {
  return new DocumentReader({ apiVersions: [nativeApiVersion, originalApiVersion] });
}

/** Reads files into declarations, translating the original's documents at the door. All mistakes are in the findings. */
export async function readDeclarations(
  reader: DocumentReader,
  files: readonly SourceFile[],
  rootNamespace: string,
  kinds: readonly ForeignKind[],
  breather: Breather,
): Promise<Declarations> {
  const findings = new Findings();
  const {
    documents,
    problems,
    broken: unreadable,
  } = await reader.readBeside(files, () => breather.breathe());
  const translated = translate(
    documents.filter(document => document.apiVersion === originalApiVersion),
    rootNamespace,
  );
  findings.problems.push(...problems, ...translated.problems);
  const native = documents
    .filter(document => document.apiVersion === nativeApiVersion)
    .map(
      (source): ConfigDocument => ({
        kind: source.kind,
        name: source.name,
        namespace:
          source.namespace ??
          kinds.find(({ kind }) => kind === source.kind)?.defaultNamespace ??
          rootNamespace,
        spec: source.value['spec'],
        source,
        sourcePath: path => path,
        imported: false,
      }),
    );
  const sets = Object.fromEntries(nativeKinds.map(kind => [kind, new Map<string, Declared<unknown>>()]));
  const broken = new Set(
    unreadable.map(({ kind, namespace, name }) => `${kind} ${namespace ?? rootNamespace}/${name}`),
  );
  const foreign = new Map<string, Declared<unknown>[]>(kinds.map(({ kind }) => [kind, []]));
  for (const document of [...native, ...translated.documents]) {
    await breather.breathe();
    const foreignKind = kinds.find(({ kind }) => kind === document.kind);
    const schema =
      foreignKind?.schema ??
      (Object.hasOwn(schemas, document.kind) ? schemas[document.kind as NativeKind] : undefined);
    if (schema === undefined) unknownKind(document, [...nativeKinds, ...foreign.keys()], findings);
    else if (
      !declare(
        document,
        schema,
        foreignKind === undefined ? sets[document.kind] : foreign.get(document.kind),
        findings,
      )
    ) {
      broken.add(`${document.kind} ${document.namespace}/${document.name}`);
    }
  }
  checkForeign(kinds, foreign, findings);
  return {
    ...(sets as unknown as Omit<Declarations, 'foreign' | 'findings' | 'broken'>),
    foreign,
    broken,
    findings,
  };
}

function declare(
  document: ConfigDocument,
  schema: z.ZodType,
  into: Map<string, Declared<unknown>> | Declared<unknown>[] | undefined,
  findings: Findings,
): boolean {
  const { name, namespace } = document;
  const id = `${namespace}/${name}`;
  const spec = decodeSpec(schema, document, ['spec'], document.spec, findings);
  const other = into instanceof Map ? into.get(id) : into?.find(declared => declared.id === id);
  if (other !== undefined) {
    const { source, sourcePath } = other.document;
    const { file, line, column } = source.problem(
      { code: '', message: '' },
      { path: sourcePath(['metadata', 'name']) },
    ).place;
    const message = `${document.kind} "${name}" is declared twice in namespace "${namespace}", first at ${file}:${line}:${column}`;
    findings.add(document, ['metadata', 'name'], {
      code: 'CONFIG_DUPLICATE',
      message,
      hint: 'rename or remove one of them',
    });
    return true;
  }
  if (spec === undefined) return false;
  const declared: Declared<unknown> = { id, name, namespace, spec: spec.value, document };
  if (into instanceof Map) into.set(id, declared);
  else into?.push(declared);
  return true;
}

/**
 * Decodes part of a document; undefined, with findings, where it does not fit. Where keys that nobody knows are the only
 * mistakes, the rest is decoded all the same, so that whatever else is wrong is told in the same run.
 */
export function decodeSpec<T>(
  schema: z.ZodType<T>,
  document: ConfigDocument,
  path: ConfigPath,
  value: unknown,
  findings: Findings,
): { readonly value: T } | undefined {
  const result = decode(schema, document.source, path, value ?? {}, {
    locate: at => document.sourcePath(at),
  });
  for (const file of result.secretFiles) findings.secretFiles.add(file);
  if (result.ok) return result;
  const told = new Set(document.imported ? findings.problems.map(placeOf) : []);
  // What the translator said about a place, it said in the words that stand there.
  findings.problems.push(...(result.problems as Problem[]).filter(problem => !told.has(placeOf(problem))));
  return withoutUnknownKeys(schema, value ?? {});
}

function placeOf({ place }: Problem): string {
  return `${place.line}:${place.column} ${place.file}`;
}

function withoutUnknownKeys<T>(schema: z.ZodType<T>, value: unknown): { readonly value: T } | undefined {
  const { error } = schema.safeParse(value);
  if (error === undefined || !error.issues.every(issue => issue.code === 'unrecognized_keys'))
    return undefined;
  const copy = structuredClone(value);
  for (const issue of error.issues) {
    let at = copy as Record<PropertyKey, unknown>;
    for (const step of issue.path) at = at[step] as Record<PropertyKey, unknown>;
    if (issue.code === 'unrecognized_keys') for (const key of issue.keys) delete at[key];
  }
  const { data } = schema.safeParse(copy);
  return data === undefined ? undefined : { value: data };
}

function unknownKind(document: ConfigDocument, known: readonly string[], findings: Findings): void {
  const near = nearest(document.kind, known);
  const message = `unknown kind "${document.kind}"; there are ${known.map(kind => `"${kind}"`).join(', ')}`;
  const finding = {
    code: 'CONFIG_UNKNOWN_KIND',
    message,
    ...(near !== undefined && { hint: `did you mean "${near}"?` }),
  } as const;
  findings.add(document, ['kind'], finding);
}

function checkForeign(
  kinds: readonly ForeignKind[],
  foreign: ReadonlyMap<string, readonly Declared<unknown>[]>,
  findings: Findings,
): void {
  for (const kind of kinds) {
    const declared = foreign.get(kind.kind) ?? [];
    const reject = (path: ConfigPath, message: string, hint?: string) => {
      const [index, ...rest] = path;
      const document = declared[Number(index)]?.document;
      if (document === undefined) return;
      findings.add(document, ['spec', ...rest], {
        code: 'CONFIG_REJECTED',
        message,
        ...(hint !== undefined && { hint }),
      });
    };
    try {
      kind.check?.(declared, reject);
    } catch (error) {
      reject([0], `documents of kind "${kind.kind}" could not be checked: ${messageOf(error)}`);
    }
  }
}
