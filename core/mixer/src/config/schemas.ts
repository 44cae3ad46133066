import { duration } from '@krater/documents';
import { z } from 'zod';
import { isolationSpec } from '../isolation-settings.ts';
import { valueTypes } from '../value.ts';

/** The shapes of the native kinds. Everything an operator can write is declared, documented and defaulted here. */

const name = z.string().min(1);
/** An expression, or a JSON Logic object. */
const expression = z.union([
  z.string(),
  z.number(),
  z.boolean(),
  z.bigint(),
  z.record(z.string(), z.unknown()),
]);
/** Template params: nested maps whose leaves are expressions. */
const params = z.record(z.string(), z.unknown());
const exportTo = z.array(name).describe('namespaces that may refer to this document; "*" for all');
const onError = z.enum(['allow', 'deny']);

export const instanceBody = {
  template: name,
  params: params.default({}),
  attributes: z
    .record(z.string(), expression)
    .optional()
    .describe(
      'attributes templates only: what the output defines, by attribute name; expressions over `output`',
    ),
};
export const instanceSpec = z.strictObject({ ...instanceBody, exportTo: exportTo.optional() });

export const handlerBody = {
  adapter: name.describe('name of an installed adapter'),
  params: params.default({}).describe("the adapter's own configuration"),
  services: z
    .record(name, name)
    .optional()
    .describe(
      'what to use in the place of services that the adapter needs: a package or path, by its name for them',
    ),
  deadline: duration().optional().describe('how long one call may take'),
  isolation: isolationSpec.optional().describe('where it runs: inline, worker, process or remote'),
};
export const handlerSpec = z.strictObject({ ...handlerBody, exportTo: exportTo.optional() });

const headerOperation = z.strictObject({
  name,
  values: z.array(expression).default([]).describe('expressions; several make several lines'),
  operation: z.enum(['replace', 'append', 'remove']).default('replace'),
});

export const actionSpec = z.strictObject({
  name: name.optional().describe('gives header operations access to the output: NAME.output.FIELD'),
  handler: z.union([name, z.strictObject(handlerBody)]),
  instances: z.array(z.union([name, z.strictObject({ name, ...instanceBody })])).min(1),
});

export const ruleSpec = z.strictObject({
  match: expression.describe('when the rule applies; `true` for always'),
  onError: onError
    .optional()
    .describe("what a failure of this rule's handlers does: deny for check, allow for quota"),
  onMissing: z.enum(['skip', 'apply']).optional().describe('what a match that cannot be known does'),
  priority: z.int().default(0),
  actions: z.array(actionSpec).default([]),
  requestHeaderOperations: z.array(headerOperation).default([]),
  responseHeaderOperations: z.array(headerOperation).default([]),
});

export const attributeManifestSpec = z.strictObject({
  attributes: z.record(
    z.string(),
    z.strictObject({
      type: z.enum(valueTypes),
      description: z.string().default(''),
      available: z.enum(['check', 'report']).default('check'),
      lowCardinality: z.boolean().default(false),
      sensitive: z.union([z.boolean(), z.array(z.string())]).default(false),
    }),
  ),
});

const stringMatch = z.union([
  z.strictObject({ exact: z.string() }),
  z.strictObject({ prefix: z.string() }),
  z.strictObject({ regex: z.string() }),
]);

export const quotaSpecSpec = z.strictObject({
  rules: z
    .array(
      z.strictObject({
        match: z.array(z.strictObject({ clause: z.record(z.string(), stringMatch) })).default([]),
        quotas: z.array(z.strictObject({ quota: name, charge: z.int().positive().default(1) })).min(1),
      }),
    )
    .min(1),
});

export const quotaSpecBindingSpec = z.strictObject({
  quotaSpecs: z.array(z.strictObject({ name, namespace: name.optional() })).min(1),
  services: z
    .array(
      z
        .strictObject({
          name: name.optional().describe('short name of the service'),
          namespace: name.optional().describe("namespace of the service; the binding's if left out"),
          domain: name.optional().describe('what its host ends with; svc.cluster.local if left out'),
          service: name
            .optional()
            .describe('host of the service; "*" for all, "*.NAMESPACE.*" for all of one'),
          labels: z
            .record(z.string(), z.string())
            .optional()
            .describe('labels that the called workload must have, all of them'),
        })
        .refine(one => one.name !== undefined || one.service !== undefined, {
          error: 'a service is known by name or by service, found neither',
        }),
    )
    .min(1),
});

export type RuleSpec = z.output<typeof ruleSpec>;
export type ActionSpec = z.output<typeof actionSpec>;
export type HandlerSpec = z.output<typeof handlerSpec>;
export type InstanceSpec = z.output<typeof instanceSpec>;
export type AttributeManifestSpec = z.output<typeof attributeManifestSpec>;
export type QuotaSpecSpec = z.output<typeof quotaSpecSpec>;
export type QuotaSpecBindingSpec = z.output<typeof quotaSpecBindingSpec>;
