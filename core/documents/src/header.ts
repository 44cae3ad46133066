import { z } from 'zod';
import type { Code } from './codes.ts';

const longestName = 253;
const namePattern = /^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/;

/** A name of a document or namespace; a little wider than Kubernetes', whose samples use no capitals. */
const name = z.string().check(context => {
  const { value } = context;
  if (value.length <= longestName && namePattern.test(value)) return;
  const found = value === '' ? 'found an empty text' : `found ${JSON.stringify(value.slice(0, 60))}`;
  const code: Code = 'DOCUMENT_BAD_NAME';
  const hint = 'begin and end with a letter or digit, at most 253 characters';
  const message = `bad name: ${found}, allowed: letters, digits, "-", "_" and "."`;
  context.issues.push({ code: 'custom', input: value, message, params: { code, hint } });
});

const labels = z.record(z.string(), z.string()).nullish();

/** What stands around `spec` in every document. Kubernetes' own metadata is tolerated, since kubectl writes it. */
export const header = z.strictObject({
  apiVersion: z.string(),
  kind: z.string().min(1),
  metadata: z.strictObject({
    name,
    namespace: name.optional(),
    labels,
    annotations: labels,
    creationTimestamp: z.unknown().optional(),
    deletionGracePeriodSeconds: z.unknown().optional(),
    deletionTimestamp: z.unknown().optional(),
    finalizers: z.unknown().optional(),
    generation: z.unknown().optional(),
    managedFields: z.unknown().optional(),
    ownerReferences: z.unknown().optional(),
    resourceVersion: z.unknown().optional(),
    selfLink: z.unknown().optional(),
    uid: z.unknown().optional(),
  }),
  spec: z.unknown().optional(),
  status: z.unknown().optional(),
});
