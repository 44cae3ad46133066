import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EventTime, FluentServer } from '@fluent-org/logger';
import fluentd from '@krater/adapter-fluentd';
import type { InstanceShape, ValueType } from '@krater/mixer';
import { createHandler, fakeContext, fakeEnv } from '@krater/mixer/testing';

type ServerOptions = ConstructorParameters<typeof FluentServer>[0];

/** An event as the server has decoded it. */
export interface Event {
  readonly tag: string;
  readonly time: number | EventTime;
  readonly record: Readonly<Record<string, unknown>>;
}

/** The server of the npm package `@fluent-org/logger`. */
export async function forwardServer(options: ServerOptions = {}, port = 0) {
  const events: Event[] = [];
  const server = new FluentServer({ ...options, listenOptions: { port, host: '127.0.0.1' } });
  server.on('entry', (tag, time, record) => events.push({ tag, time, record }));
  await server.listen();
  let open = true;
  const kill = async () => {
    if (!open) return;
    open = false;
    const clients = (server as unknown as { clients: Record<string, { socket: Socket }> }).clients;
    for (const { socket } of Object.values(clients)) socket.destroy();
    await server.close();
  };
  return {
    events,
    port: server.port as number,
    address: `127.0.0.1:${server.port}`,
    kill,
    [Symbol.asyncDispose]: kill,
  };
}

/** A server that does with each connection as told. */
export async function rawServer(behave: (socket: Socket) => void) {
  const sockets = new Set<Socket>();
  const server = createServer(socket => {
    sockets.add(socket);
    socket.on('error', () => {});
    behave(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise(resolve => server.close(resolve));
    },
  };
}

/** A certificate for localhost that signs itself, in files that are gone afterwards. */
export function certificate() {
  const folder = mkdtempSync(join(tmpdir(), 'krater-fluentd-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  execFileSync('openssl', ['req', '-x509', ...curve, ...subject, '-keyout', key, '-out', cert], {
    stdio: 'ignore',
  });
  return {
    paths: { key, cert },
    key: readFileSync(key),
    cert: readFileSync(cert),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** What a rule would send: an instance of the name `access`. */
export function shape(
  variables: { readonly [name: string]: ValueType } = { n: 'INT64' },
  { name = 'access', ...more }: { readonly name?: string } & Record<string, unknown> = {},
): InstanceShape {
  return { name, template: 'logentry', types: { variables, ...more } } as InstanceShape;
}

/** A handler, and what it says of its entries. */
export async function logger(config: object, instances: readonly InstanceShape[] = [shape()]) {
  const env = fakeEnv({ instances });
  const handler = await createHandler(fluentd, config, env);
  const figure = (name: string) => env.measured.get(`fluentd_${name}_total`) ?? 0;
  const settled = () => figure('acknowledged') + figure('lost');
  return {
    env,
    acknowledged: () => figure('acknowledged'),
    lost: () => figure('lost'),
    tell: (...entries: object[]) =>
      handler.logentry(entries.map(entry => ({ name: 'access', ...entry })) as never, fakeContext(env)),
    tellMany(count: number, from = 0) {
      const entries = Array.from({ length: count }, (_, n) => ({
        name: 'access',
        variables: { n: from + n },
      }));
      return handler.logentry(entries as never, fakeContext(env));
    },
    /** Until as many entries are settled, with real time for the sockets. */
    async settled(count: number) {
      while (settled() < count) await new Promise(setImmediate);
    },
    /** The same, while the time moves on. */
    async settledInTime(count: number) {
      while (settled() < count) {
        await env.clock.advance(50, { wait: false });
        for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
      }
    },
    async close() {
      await handler.close?.();
      await env.close();
    },
  };
}
