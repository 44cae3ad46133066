import { createServer } from 'node:tls';
import { generate } from 'selfsigned';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openTransport } from '../../src/transport/open-transport.ts';
import { type TransportTls, transports } from '../../src/transport.ts';
import { ambient, answer, startServer, until } from './servers.ts';

const test = suite('calls over TLS');

const settings = { keyType: 'ec', algorithm: 'sha256' } as const;
const authority = await generate([{ name: 'commonName', value: 'test authority' }], {
  ...settings,
  extensions: [
    { name: 'basicConstraints', cA: true, critical: true },
    { name: 'keyUsage', keyCertSign: true, critical: true },
  ],
});
const ca = authority.cert;

async function issue(name: string) {
  const { private: key, cert } = await generate([{ name: 'commonName', value: name }], {
    ...settings,
    ca: { key: authority.private, cert: authority.cert },
    extensions: [
      {
        name: 'subjectAltName',
        altNames: [
          { type: 7, ip: '127.0.0.1' },
          { type: 2, value: name },
        ],
      },
    ],
  });
  return { key, cert };
}

const mixer = await issue('mixer.test');
const proxy = await issue('proxy.test');
const isAsked = { requestCert: true, rejectUnauthorized: true };

for (const kind of transports) {
  /** What a call comes to, at a server with a certificate for `mixer.test` and 127.0.0.1. */
  const call = async (tls: TransportTls | undefined, server: object = {}) => {
    await using served = await startServer(stream => answer(stream, 'in private'), {
      tls: { ...mixer, ca, ...server },
    });
    const transport = openTransport(kind, { address: served.address, ambient, ...(tls && { tls }) });
    const result = await transport.call('check', Buffer.from('x'), 5_000);
    await transport.close(0);
    await until(() => served.sessions.size === 0);
    return 'reply' in result ? result.reply.toString() : result.failure.code;
  };

  test(`${kind}: reach a server whose certificate is of a trusted authority`, async () => {
    assert.is(await call({ ca }), 'in private');
    assert.is(await call({ ca, serverName: 'mixer.test' }), 'in private');
  });

  test(`${kind}: reach no server that is not known, nor one of another name, nor one in plain text`, async () => {
    assert.is(await call({}), 'UNAVAILABLE');
    assert.is(await call({ ca, serverName: 'other.test' }), 'UNAVAILABLE');
    assert.is(await call(undefined), 'UNAVAILABLE');
  });

  test(`${kind}: show who calls, where the server asks`, async () => {
    assert.is(await call({ ca, ...proxy }, isAsked), 'in private');
    assert.is(await call({ ca }, isAsked), 'UNAVAILABLE');
  });
}

test('http2: say that a server does not speak HTTP/2', async () => {
  const server = createServer({ ...mixer, ALPNProtocols: ['http/1.1'] }, socket => socket.resume());
  server.on('tlsClientError', () => {});
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const address = `127.0.0.1:${(server.address() as { port: number }).port}`;
  const transport = openTransport('http2', { address, ambient, tls: { ca } });
  const result = await transport.call('check', Buffer.from('x'), 5_000);
  assert.match('failure' in result ? result.failure.message : '', /ALPN|alpn|protocol/i);
  await transport.close(0);
  await new Promise(resolve => server.close(resolve));
});

test.run();
