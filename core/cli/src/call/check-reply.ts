import { formatDuration } from '@krater/documents';
import {
  formatReferences,
  type GrantedQuota,
  type HeaderOperation,
  type QuotaStanding,
  type Validity,
} from '@krater/mixer';
import type { AskedQuotas, CheckReply } from '@krater/wire';

/** How a call went, beside what it answered. */
export interface CallFacts {
  readonly transport: string;
  /** Milliseconds. */
  readonly took: number;
  readonly sent: number;
  readonly received: number;
}

/** A reply as lines for people. */
export function formatReply(
  reply: CheckReply,
  asked: AskedQuotas,
  facts: CallFacts,
  verbose: boolean,
): string {
  const { status, validity, references, krater, quotas } = reply;
  const verdict =
    status.code === 'OK'
      ? 'allowed'
      : `refused with ${status.code}${status.message && `: ${status.message}`}`;
  const lines = [
    formatValidity(validity),
    `depends on ${formatReferences(references).join(', ') || 'nothing'}`,
    ...headerLines('request', reply.requestHeaders),
    ...headerLines('response', reply.responseHeaders),
    ...(krater?.charges ?? []).map(({ quota, handler, amount, dimensions }) => {
      const by = Object.entries(dimensions).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
      return `charges ${amount} of ${quota} at ${handler}${by.length === 0 ? '' : ` for ${by.join(', ')}`}`;
    }),
    ...Object.entries(asked).map(([name, { amount }]) => formatGrant(name, amount, quotas[name])),
    ...(krater?.standing === undefined ? [] : [formatStanding(krater.standing)]),
    ...(krater?.retryAfter === undefined
      ? []
      : [`try again in ${formatDuration(Math.ceil(krater.retryAfter))}`]),
    ...(krater === undefined ? [] : [`decision ${krater.decision}`]),
    `took ${facts.took.toFixed(2)} ms`,
  ];
  if (verbose) {
    lines.push(`transport ${facts.transport}, ${facts.sent} bytes sent, ${facts.received} received`);
    if (krater !== undefined) {
      lines.push(`node ${krater.node}, configuration ${krater.snapshot}`);
      for (const { handler, epoch } of krater.epochs) lines.push(`asked ${handler} in its epoch ${epoch}`);
    }
  }
  return [verdict, ...lines.map(line => `  ${line}`)].join('\n');
}

function formatValidity({ duration, uses }: Validity): string {
  if (duration <= 0 || uses <= 0) return 'not to be cached';
  const time = Number.isFinite(duration) ? `for ${formatDuration(Math.round(duration))}` : 'for ever';
  return `valid ${time}${Number.isFinite(uses) ? `, ${uses} uses` : ''}`;
}

function formatGrant(name: string, amount: number, granted: GrantedQuota | undefined): string {
  if (granted === undefined) return `quota ${name}: not answered`;
  const { status } = granted;
  const why = status.code === 'OK' ? '' : ` (${status.code}${status.message && `: ${status.message}`})`;
  return `quota ${name}: granted ${granted.granted} of ${amount}${why}`;
}

function formatStanding({ limit, remaining, resetAfter }: QuotaStanding): string {
  return `${remaining} of ${limit} left, whole again in ${formatDuration(Math.ceil(resetAfter))}`;
}

function headerLines(side: string, operations: readonly HeaderOperation[]): readonly string[] {
  return operations.map(({ operation, name, value }) =>
    `${side} header: ${operation} ${name} ${value}`.trimEnd(),
  );
}
