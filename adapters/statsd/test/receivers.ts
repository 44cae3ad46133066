import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer, type ListenOptions, type Socket } from 'node:net';

/** A metric as the DogStatsD datagram format writes it. */
export interface Received {
  readonly name: string;
  readonly value: number;
  readonly type: string;
  readonly rate: number;
  readonly tags: readonly string[];
}

/** Reads DogStatsD strictly: `NAME:VALUE|TYPE[|@RATE][|#TAG,…]` a line; throws on anything else. */
export function parsePacket(packet: string): Received[] {
  return packet.split('\n').map(line => {
    const found = /^([^:|\n]+):(-?[0-9.e+-]+)\|(c|g|ms|h|d)(?:\|@([0-9.e-]+))?(?:\|#([^|\n]+))?$/.exec(line);
    if (found === null) throw new Error(`no metric: ${JSON.stringify(line)}`);
    const [, name = '', value, type = '', rate = '1', tags] = found;
    return { name, value: Number(value), type, rate: Number(rate), tags: tags?.split(',') ?? [] };
  });
}

/** A daemon that takes datagrams and remembers them. */
export async function datagramReader(port = 0) {
  const packets: string[] = [];
  const socket = createSocket('udp4').bind(port, '127.0.0.1');
  socket.on('message', message => packets.push(message.toString()));
  await once(socket, 'listening');
  const close = () => new Promise<void>(resolve => socket.close(resolve));
  let open = true;
  return {
    packets,
    port: socket.address().port,
    metrics: () => packets.flatMap(parsePacket),
    async until(count: number) {
      while (packets.flatMap(packet => packet.split('\n')).length < count) await new Promise(setImmediate);
    },
    async kill() {
      open = false;
      await close();
    },
    async [Symbol.asyncDispose]() {
      if (open) await close();
    },
  };
}

/** A daemon on a stream: all that it has read, and its connections. */
export async function streamReader(options: ListenOptions = { port: 0, host: '127.0.0.1' }, reads = true) {
  const chunks: Buffer[] = [];
  const connections = new Set<Socket>();
  const server = createServer(socket => {
    connections.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => connections.delete(socket));
    if (reads) socket.on('data', chunk => chunks.push(chunk));
  }).listen(options);
  await once(server, 'listening');
  const kill = async () => {
    for (const socket of connections) socket.destroy();
    if (server.listening) await new Promise(resolve => server.close(resolve));
  };
  return {
    connections,
    port: (server.address() as AddressInfo).port,
    bytes: () => Buffer.concat(chunks),
    text: () => Buffer.concat(chunks).toString(),
    kill,
    [Symbol.asyncDispose]: kill,
  };
}
