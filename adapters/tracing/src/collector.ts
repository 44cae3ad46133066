import { KraterError, type ServiceEnv } from '@krater/mixer';
import type { Destination } from '@krater/mixer/telemetry';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import type { Code } from './codes.ts';
import { type Config, endpointOf } from './config.ts';
import { zipkinJson } from './zipkin.ts';

const retryable = new Set([408, 429, 502, 503, 504]);
const longestAnswer = 64 * 1024;

/** A collector that speaks OTLP/HTTP (with the SDK's serializer) or Zipkin. */
export async function createCollector(
  config: Config,
  env: Pick<ServiceEnv, 'fetch'>,
): Promise<Destination<ReadableSpan>> {
  const encode = config.protocol === 'zipkin' ? zipkinJson : await otlpEncoder();
  const url = endpointOf(config);
  const headers = new Headers({ ...config.headers, 'content-type': 'application/json' });
  for (const [name, value] of Object.entries(config.secretHeaders)) headers.set(name, value.reveal());
  return {
    async send(spans, signal) {
      try {
        const response = await env.fetch(url, {
          method: 'POST',
          headers,
          body: encode(spans),
          signal,
          redirect: 'error',
        });
        const text = await bounded(response);
        if (response.ok)
          return { taken: spans.length - (config.protocol === 'otlp' ? rejected(text, spans.length) : 0) };
        const told = `the collector answers ${response.status}`;
        return retryable.has(response.status) ? { again: told } : { refused: told };
      } catch (error) {
        const { message, cause } = error as Error;
        return {
          again:
            cause instanceof Error
              ? `${message}: ${cause.message || (cause as NodeJS.ErrnoException).code}`
              : message,
        };
      }
    },
  };
}

async function otlpEncoder(): Promise<(spans: readonly ReadableSpan[]) => Uint8Array<ArrayBuffer>> {
  try {
    const { JsonTraceSerializer } = await import('@opentelemetry/otlp-transformer');
    return spans => JsonTraceSerializer.serializeRequest([...spans]) as Uint8Array<ArrayBuffer>;
  } catch (cause) {
    const code: Code = 'TRACING_SDK_MISSING';
    throw new KraterError(code, '"@opentelemetry/otlp-transformer" cannot be imported', {
      hint: 'npm install',
      cause,
    });
  }
}

/** A partial success names how many spans of the batch were not taken (OTLP, ExportTracePartialSuccess). */
function rejected(text: string, most: number): number {
  try {
    const count = Number(JSON.parse(text)?.partialSuccess?.rejectedSpans ?? 0);
    return count > 0 ? Math.min(Math.trunc(count), most) : 0;
  } catch {
    return 0;
  }
}

async function bounded(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > longestAnswer) break;
  }
  return text;
}
