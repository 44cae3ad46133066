import type { ServiceEnv } from '@krater/mixer';
import type { Circuit } from './circuit.ts';
import { type Client, createClient } from './client.ts';
import type { Config } from './config.ts';

/** Connects and tells the circuit of every change. Resolves when Redis is ready, or when it has become clear that it is not. */
export async function connect(config: Config, env: ServiceEnv, circuit: Circuit): Promise<Client> {
  const client = createClient(config, env);
  let reason = 'not connected';
  await new Promise<void>(resolve => {
    const late = env.timers.after(config.connectTimeout, resolve);
    const settled = () => {
      late[Symbol.dispose]();
      resolve();
    };
    client.on('ready', () => {
      circuit.connected();
      settled();
    });
    client.on('error', error => {
      reason = error.message;
    });
    client.on('close', () => {
      circuit.lost(reason);
      settled();
    });
  });
  return client;
}
