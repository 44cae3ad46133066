import { nearest, type Problem, type SourceDocument } from '@krater/documents';
import type { ConfigDocument, NativeKind } from '../config/document.ts';
import { isMap } from '../value.ts';
import { attributeManifest } from './attribute-manifest.ts';
import type { Code } from './codes.ts';
import { handler, legacyHandler } from './handler.ts';
import { instance, legacyInstance } from './instance.ts';
import { isLegacyHandler, isLegacyInstance, knownKinds, type PlainKind, unsupportedKinds } from './kinds.ts';
import { Names, nativeName } from './names.ts';
import { quotaSpec, quotaSpecBinding } from './quota-spec.ts';
import { rule } from './rule.ts';
import { type Shape, shown } from './shape.ts';
import { Translation } from './translation.ts';

export interface Translated {
  readonly documents: ConfigDocument[];
  readonly problems: Problem[];
}

const plain: Record<PlainKind, readonly [NativeKind, Shape]> = {
  rule: ['Rule', rule],
  handler: ['Handler', handler],
  instance: ['Instance', instance],
  attributemanifest: ['AttributeManifest', attributeManifest],
  QuotaSpec: ['QuotaSpec', quotaSpec],
  QuotaSpecBinding: ['QuotaSpecBinding', quotaSpecBinding],
};

/**
 * Translates documents of `config.istio.io/v1alpha2` into native ones, all together, because they refer to one another.
 *
 * What has no counterpart is a located problem, never dropped. Adapters that are not known here go on under their names,
 * with their params as they are. Handlers and instances are exported to every namespace, as they were. Those of the
 * kinds named after adapters and templates are called `NAME.KIND`.
 */
export function translate(documents: readonly SourceDocument[], rootNamespace = 'istio-system'): Translated {
  const names = new Names(documents, rootNamespace);
  const translated: Translated = { documents: [], problems: [] };
  for (const source of documents) {
    const translation = new Translation(source, names.namespaceOf(source), names);
    const document = translateDocument(translation);
    translated.problems.push(...translation.problems);
    if (document !== undefined) translated.documents.push(document);
  }
  return translated;
}

function translateDocument(translation: Translation): ConfigDocument | undefined {
  const { source, namespace, paths } = translation;
  const target = targetOf(source.kind);
  if (target === undefined) {
    refuseKind(translation);
    return undefined;
  }
  checkLanguage(translation);
  const [kind, shape] = target;
  const spec = shape(source.value['spec'] ?? {}, ['spec'], ['spec'], translation);
  return {
    kind,
    name: nativeName(source.kind, source.name),
    namespace,
    spec,
    source: translation.reworded,
    sourcePath: path => paths.originalOf(path),
    imported: true,
  };
}

function targetOf(kind: string): readonly [NativeKind, Shape] | undefined {
  if (Object.hasOwn(plain, kind)) return plain[kind as PlainKind];
  if (isLegacyHandler(kind)) return ['Handler', legacyHandler(kind)];
  if (isLegacyInstance(kind)) return ['Instance', legacyInstance(kind)];
  return undefined;
}

function refuseKind(translation: Translation): void {
  const { kind } = translation.source;
  const hint = Object.hasOwn(unsupportedKinds, kind) ? unsupportedKinds[kind] : undefined;
  const near = nearest(kind, knownKinds);
  const code: Code = hint === undefined ? 'ISTIO_UNKNOWN_KIND' : 'ISTIO_UNSUPPORTED_KIND';
  const message =
    hint === undefined
      ? `unknown kind "${kind}" of config.istio.io/v1alpha2`
      : `kind "${kind}" is not supported`;
  const advice = hint ?? (near === undefined ? 'remove the document' : `did you mean "${near}"?`);
  translation.problem(['kind'], { code, message, hint: advice });
}

const languageKey = 'policy.istio.io/lang';

/** One annotation chose another expression language, whose absent attributes were defaults. */
function checkLanguage(translation: Translation): void {
  const { metadata } = translation.source.value;
  const annotations = isMap(metadata) ? metadata['annotations'] : undefined;
  const language = isMap(annotations) ? annotations[languageKey] : undefined;
  if (language === undefined || language === 'CEXL') return;
  const message = `expressions are read as CEXL, found ${shown(language)}`;
  const hint = 'remove the annotation, and give attributes that may be absent a default with |';
  translation.problem(['metadata', 'annotations', languageKey], {
    code: 'ISTIO_UNSUPPORTED_KEY',
    message,
    hint,
  });
}
