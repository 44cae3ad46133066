import {
  allow,
  type CheckResult,
  deny,
  duration,
  grant,
  type QuotaResult,
  type RefusalCode,
  refuse,
  statusCodes,
  type Validity,
  z,
} from '@krater/mixer';

const refusalCodes = Object.keys(statusCodes).filter((code): code is RefusalCode => code !== 'OK');
const message = z
  .string()
  .max(1_000)
  .regex(/^\P{Cc}*$/u, 'must be one line');
const validity = z.strictObject({
  duration: duration().optional(),
  uses: z.int().min(0).optional(),
});

/** What a service answers to a check. A refusal without a code is PERMISSION_DENIED. */
export const checkAnswer = z.discriminatedUnion('allow', [
  z.strictObject({ allow: z.literal(true), validity: validity.optional() }),
  z.strictObject({
    allow: z.literal(false),
    message: message.optional(),
    code: z.enum(refusalCodes).optional(),
    validity: validity.optional(),
  }),
]);

export const quotaAnswer = z.strictObject({
  granted: z.number(),
  message: message.optional(),
  retryAfter: duration().optional(),
  standing: z
    .strictObject({ limit: z.number().min(0), remaining: z.number().min(0), resetAfter: duration() })
    .optional(),
});

export const lookupAnswer = z.strictObject({
  value: z.record(z.string(), z.string()),
  validity: validity.optional(),
});

export function checkResult(answer: z.output<typeof checkAnswer>, standard: Validity): CheckResult {
  const details = { validity: validityOf(answer.validity, standard) };
  if (answer.allow) return allow(details);
  return deny(answer.message ?? 'denied by policy', answer.code ?? 'PERMISSION_DENIED', details);
}

export function quotaResult(answer: z.output<typeof quotaAnswer>, asked: number): QuotaResult {
  const { granted, standing, retryAfter } = answer;
  if (granted !== 0 || asked <= 0) return grant(granted, standing);
  const details = { ...(standing && { standing }), ...(retryAfter !== undefined && { retryAfter }) };
  return refuse(answer.message ?? 'quota exhausted', details);
}

/** As the service says; what it leaves out is as configured. */
export function validityOf(said: z.output<typeof validity> | undefined, standard: Validity): Validity {
  return { duration: said?.duration ?? standard.duration, uses: said?.uses ?? standard.uses };
}
