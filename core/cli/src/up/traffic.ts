import { Agent, get } from 'node:http';

export interface TrafficPlan {
  /** Where the requests go: `http://127.0.0.1:PORT/PATH`. */
  readonly url: string;
  /** Requests a second. */
  readonly rate: number;
  /** Values of the `user` header, taken in turn; none for anonymous. */
  readonly users: readonly string[];
}

export interface Traffic {
  readonly sent: number;
  /** Requests by status; `failed` where there was no answer. */
  readonly answers: { readonly [status: string]: number };
  stop(): Promise<void>;
}

/** Sends requests at a steady rate, so that a demonstration has something to show. Never more than ten at a time. */
export function startTraffic({ url, rate, users }: TrafficPlan): Traffic {
  const agent = new Agent({ keepAlive: true, maxSockets: 10 });
  const answers: { [status: string]: number } = Object.create(null);
  const open = new Set<Promise<void>>();
  let sent = 0;

  const send = () => {
    if (open.size >= 10) return;
    const user = users[sent++ % Math.max(1, users.length)];
    const request = new Promise<void>(resolve => {
      const count = (status: string) => {
        answers[status] = (answers[status] ?? 0) + 1;
        resolve();
      };
      get(url, {
        agent,
        timeout: 10_000,
        headers: { 'user-agent': 'krater-traffic', ...(user !== undefined && { user }) },
      })
        .once('response', response =>
          response.resume().once('close', () => count(String(response.statusCode))),
        )
        .once('timeout', function (this: ReturnType<typeof get>) {
          this.destroy();
        })
        .once('error', () => count('failed'));
    }).finally(() => open.delete(request));
    open.add(request);
  };
  const timer = setInterval(send, 1000 / rate);

  return {
    get sent() {
      return sent;
    },
    answers,
    async stop() {
      clearInterval(timer);
      await Promise.race([Promise.all(open), new Promise(resolve => setTimeout(resolve, 1000).unref())]);
      agent.destroy();
    },
  };
}
