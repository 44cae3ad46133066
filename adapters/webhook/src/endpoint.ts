import { type BaseEnv, PlainMap, readAtMost } from '@krater/mixer';
import type { Config } from './config.ts';

/** What came of one request. `again` is worth another try, `refused` is not. */
export type Reply = { readonly body: string } | { readonly again: string } | { readonly refused: string };

/** The service. One call is one request; it throws only when its signal is aborted. */
export interface Endpoint {
  post(body: string, signal: AbortSignal): Promise<Reply>;
  close(): Promise<void>;
}

const busy = new Set([408, 429, 502, 503, 504]);

export async function createEndpoint(config: Config, env: BaseEnv): Promise<Endpoint> {
  const { url, maxAnswer } = config;
  const headers = new Headers({
    ...config.headers,
    'content-type': 'application/json',
    accept: 'application/json',
  });
  for (const [name, value] of Object.entries(config.secretHeaders)) headers.set(name, value.reveal());
  const { Agent } = await import('undici');
  // Its own connections: bounded in number, one of them for reports, closed with the handler.
  const agent = new Agent({ connections: config.concurrency + 1, connect: tlsOptions(config) });
  const dispatcher: object = { dispatcher: agent };
  return {
    async post(body, signal) {
      try {
        const init = { method: 'POST', headers, body, signal, redirect: 'error', ...dispatcher } as const;
        const response = await env.fetch(url, init);
        const answer = await readAtMost(response.body ?? [], maxAnswer);
        if (response.ok)
          return answer === undefined
            ? { refused: `the service answers more than ${maxAnswer} bytes` }
            : { body: answer };
        const why = `the service answers with status ${response.status}`;
        return busy.has(response.status) ? { again: why } : { refused: why };
      } catch (error) {
        signal.throwIfAborted();
        return { again: messageOf(error) };
      }
    },
    close: () => agent.destroy(),
  };
}

function tlsOptions({ ca, certificate, key }: Config): Record<string, string> {
  const options: Record<string, string> = new PlainMap();
  if (ca !== undefined) options['ca'] = ca.reveal();
  if (certificate !== undefined) options['cert'] = certificate.reveal();
  if (key !== undefined) options['key'] = key.reveal();
  return options;
}

/** What `fetch` says is in its cause: the refused connection, the unknown certificate. */
function messageOf(error: unknown): string {
  const { message, cause } = error as Error;
  if (!(cause instanceof Error)) return message;
  return `${message}: ${cause.message || (cause as NodeJS.ErrnoException).code}`;
}
