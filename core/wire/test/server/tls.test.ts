// needs: openssl
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { connect, type PeerCertificate, type TLSSocket } from 'node:tls';
import { credentials } from '@grpc/grpc-js';
import { type KraterError, statusCodes } from '@krater/mixer';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createMixerServer } from '../../src/index.ts';
import { parseSubjectAltName } from '../../src/server/caller.ts';
import { Authority } from './certificates.ts';
import {
  checkRequest,
  eventually,
  type Peer,
  RawPeer,
  replyOf,
  reportRequest,
  StockPeer,
  startRig,
} from './rig.ts';

const tls = suite('TLS of a Mixer server');

const local = 'DNS:localhost,IP:127.0.0.1';
const { PERMISSION_DENIED } = statusCodes;

/** A client of each kind with a certificate. */
function peersWith(authority: string, ca: string, one?: { cert: string; key: string }): Peer[] {
  const secure = credentials.createSsl(
    Buffer.from(ca),
    one && Buffer.from(one.key),
    one && Buffer.from(one.cert),
  );
  const options = { ca, ...one };
  return [
    new RawPeer(authority, true, options),
    new RawPeer(authority, false, options),
    new StockPeer(authority, secure),
  ];
}

tls('lets clients in by certificate, and each do what its names may', async () => {
  await using files = await Authority.create();
  await files.issue('server', local);
  const ca = await files.read('ca.pem');
  const sidecar = await files.issue('sidecar', 'URI:spiffe://mesh/ns/shop/sa/ratings');
  const collector = await files.issue('collector', 'DNS:collector.mesh');
  const stranger = await files.issue('stranger', 'URI:spiffe://other/ns/shop/sa/ratings,DNS:spiffe.mesh');
  const allow = {
    check: ['spiffe://mesh/*'],
    report: ['spiffe://mesh/ns/shop/sa/ratings', 'collector.mesh'],
  };
  const paths = { cert: files.path('server.pem'), key: files.path('server.key'), ca: files.path('ca.pem') };
  await using rig = await startRig({ listen: { host: '0.0.0.0', port: 0 }, tls: { ...paths, allow } });
  const authority = rig.authority.replace('0.0.0.0', '127.0.0.1');
  const statuses = async (one: { cert: string; key: string }) => {
    const found: string[] = [];
    for (const peer of peersWith(authority, ca, one)) {
      const check = await peer.call('check', checkRequest(rig.bag()));
      const report = await peer.call('report', reportRequest([rig.bag()]));
      found.push(`${check.status} ${report.status}`);
      for (const [right, { status, message }] of Object.entries({ check, report }))
        if (status === PERMISSION_DENIED.number) assert.match(message, `no right to ${right}`);
      peer[Symbol.dispose]();
    }
    return found;
  };
  assert.equal(await statuses(sidecar), ['0 0', '0 0', '0 0']);
  assert.equal(await statuses(collector), ['7 0', '7 0', '7 0']);
  assert.equal(await statuses(stranger), ['7 7', '7 7', '7 7']);
  const told = rig.logged.filter(line => line.startsWith('a caller was refused'));
  assert.is(told.length, 9, 'once a connection and right');
  assert.match(told.at(-1) ?? '', '"spiffe://other/ns/shop/sa/ratings"');
  for (const peer of peersWith(authority, ca)) {
    assert.is.not((await peer.call('check', checkRequest(rig.bag()), 1_000)).status, 0, peer.name);
    peer[Symbol.dispose]();
  }
  assert.ok(rig.server.statistics().counts.cut.tls >= 3);
});

tls('without certificates of clients needs a namespace where anybody may connect', async () => {
  await using files = await Authority.create();
  await files.issue('server', local);
  const paths = { cert: files.path('server.pem'), key: files.path('server.key') };
  await using rig = await startRig({ tls: paths });
  for (const peer of peersWith(rig.authority, await files.read('ca.pem'))) {
    replyOf(await peer.call('check', checkRequest(rig.bag())));
    peer[Symbol.dispose]();
  }
  const open = { mixer: rig.mixer, listen: { host: '0.0.0.0', port: 0 }, tls: paths };
  assert.is(await codeOf(createMixerServer(open)), 'WIRE_NAMESPACE_NEEDED');
});

tls(
  'takes new certificates from disk without a restart, and keeps the old ones while the new are broken',
  async () => {
    await using files = await Authority.create();
    await files.issue('server', `${local},DNS:first.mesh`);
    const paths = { cert: files.path('server.pem'), key: files.path('server.key') };
    await using rig = await startRig({ tls: paths });
    const ca = await files.read('ca.pem');
    assert.match(await shownBy(rig.authority, ca), 'first.mesh');
    await writeFile(paths.cert, 'half a certificate');
    await eventually(() => rig.logged.some(line => line.startsWith('changed certificates cannot be used')));
    assert.match(await shownBy(rig.authority, ca), 'first.mesh');
    await files.issue('server', `${local},DNS:second.mesh`);
    await eventually(() => rig.logged.some(line => line.startsWith('certificates were read again')));
    assert.match(await shownBy(rig.authority, ca), 'second.mesh');
  },
);

tls('does not start with files that do not belong together', async () => {
  await using files = await Authority.create();
  await files.issue('one', local);
  await files.issue('two', local);
  await using rig = await startRig();
  const listen = { host: '127.0.0.1', port: 0 };
  const mixed = { cert: files.path('one.pem'), key: files.path('two.key') };
  assert.is(
    await codeOf(createMixerServer({ mixer: rig.mixer, listen, tls: mixed })),
    'WIRE_BAD_CERTIFICATE',
  );
  const none = { cert: files.path('none.pem'), key: files.path('two.key') };
  assert.is(await codeOf(createMixerServer({ mixer: rig.mixer, listen, tls: none })), 'WIRE_BAD_CERTIFICATE');
  const allow = { check: ['one'], report: ['one'] };
  const nobody = { cert: files.path('one.pem'), key: files.path('one.key'), allow };
  assert.is(
    await codeOf(createMixerServer({ mixer: rig.mixer, listen, tls: nobody })),
    'WIRE_BAD_CERTIFICATE',
  );
});

tls('reads names of certificates that are made to be misread', () => {
  assert.equal(parseSubjectAltName('DNS:a, URI:spiffe://b/c, IP Address:127.0.0.1'), ['a', 'spiffe://b/c']);
  assert.equal(parseSubjectAltName('URI:"spiffe://b/c, URI:spiffe://mesh/admin", DNS:a'), [
    'spiffe://b/c, URI:spiffe://mesh/admin',
    'a',
  ]);
  assert.equal(parseSubjectAltName('othername:<unsupported>, DNS:a'), ['a']);
  assert.equal(parseSubjectAltName(undefined), []);
});

async function shownBy(authority: string, ca: string): Promise<string> {
  const [host = '', port = ''] = authority.split(':');
  const socket: TLSSocket = connect({ host, port: Number(port), ca, ALPNProtocols: ['h2'] });
  await once(socket, 'secureConnect');
  const shown: PeerCertificate = socket.getPeerCertificate();
  socket.destroy();
  return shown.subjectaltname ?? '';
}

async function codeOf(
  starting: Promise<{ drain(timeout: number): Promise<void> }>,
): Promise<string | undefined> {
  try {
    await (await starting).drain(0);
    return undefined;
  } catch (error) {
    return (error as KraterError).code;
  }
}

tls.run();
