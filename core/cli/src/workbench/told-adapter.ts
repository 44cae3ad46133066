import { type AnyAdapter, formatDuration, formatJson } from '@krater/mixer';
import type { Event } from './event.ts';

type Handle = (...args: unknown[]) => unknown;
type Named = { readonly name: string };

/** The same adapter, but everything that its handlers receive, and what they answer, is told. */
export function toldAdapter(adapter: AnyAdapter, tell: (event: Event) => void): AnyAdapter {
  return {
    ...adapter,
    async create(config, env) {
      const created = await adapter.create(config, env);
      const told: Record<string, unknown> = { ...created };
      for (const { name, variety } of adapter.templates as readonly (Named & { variety: string })[]) {
        const handle = created?.[name];
        if (typeof handle !== 'function') continue;
        told[name] = telling(handle.bind(created) as Handle, name, variety === 'report', tell);
      }
      if (typeof created?.['close'] === 'function') told['close'] = created['close'].bind(created);
      return told;
    },
  };
}

function telling(handle: Handle, template: string, isReport: boolean, tell: (event: Event) => void): Handle {
  return (first, ...rest) => {
    const instances = isReport ? (first as readonly Named[]) : [first as Named];
    for (const { name, ...fields } of instances) {
      const received = { template, instance: name, fields, ...amountOf(rest) };
      tell({ event: 'received', ...received, text: `${template} ${name} <- ${formatJson(fields)}` });
    }
    const names = [...new Set(instances.map(({ name }) => name))].join(', ');
    const answered = (answer: unknown) => {
      if (isReport) return answer;
      tell({
        event: 'answered',
        template,
        instance: names,
        answer,
        text: `${template} ${names} -> ${said(answer)}`,
      });
      return answer;
    };
    const failed = (error: unknown): never => {
      const message = error instanceof Error ? error.message : String(error);
      tell({
        event: 'failed',
        template,
        instance: names,
        message,
        text: `${template} ${names} failed: ${message}`,
      });
      throw error;
    };
    try {
      const outcome = handle(first, ...rest);
      return isPromise(outcome) ? outcome.then(answered, failed) : answered(outcome);
    } catch (error) {
      return failed(error);
    }
  };
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as Partial<PromiseLike<unknown>> | undefined)?.then === 'function';
}

/** A quota is asked for an amount beside its instance. */
function amountOf(rest: readonly unknown[]): { readonly amount?: number } {
  const { amount } = (rest.length > 1 ? rest[0] : {}) as { amount?: number };
  return amount === undefined ? {} : { amount };
}

interface Answer {
  readonly status?: { readonly code?: string; readonly message?: string };
  readonly granted?: number;
  readonly validity?: { readonly duration: number; readonly uses: number };
}

/** An answer in a few words; what is none is shown as it is. */
function said(answer: unknown): string {
  const { status, granted, validity } = (answer ?? {}) as Answer;
  if (status?.code === undefined) return formatJson(answer ?? null);
  const verdict = status.code === 'OK' ? 'allows' : `refuses with ${status.code}: ${status.message}`;
  if (granted !== undefined) return status.code === 'OK' ? `grants ${granted}` : verdict;
  if (validity === undefined) return verdict;
  if (validity.duration === 0 || validity.uses === 0) return `${verdict}; not to be reused`;
  if (!Number.isFinite(validity.duration)) return verdict;
  return `${verdict}; good for ${formatDuration(validity.duration * 1000)}`;
}
