// needs: openssl
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { silentLog } from '@krater/mixer';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { startAdmin } from '../src/serve/admin-server.ts';
import { temporaryFolder } from './temporary.ts';

const test = suite('admin port with certificates');

/** An authority, and certificates that it has signed, one for each name. */
function authority(...names: readonly string[]): string {
  const folder = temporaryFolder();
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  openssl(
    'req',
    '-x509',
    ...key,
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
    '-subj',
    '/CN=authority',
    '-days',
    '2',
  );
  for (const name of names) {
    const san = `subjectAltName=IP:127.0.0.1,URI:spiffe://krater/${name}`;
    openssl(
      'req',
      ...key,
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.csr`,
      '-subj',
      `/CN=${name}`,
      '-addext',
      san,
    );
    const signing = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-copy_extensions', 'copy'];
    openssl('x509', '-req', '-in', `${name}.csr`, '-out', `${name}.pem`, '-days', '2', ...signing);
  }
  return folder;
}

function get(
  port: number,
  folder: string,
  path: string,
  as?: string,
  authorization?: string,
): Promise<number> {
  const read = (name: string) => readFileSync(join(folder, name));
  return new Promise((resolve, reject) => {
    const identity = as === undefined ? {} : { cert: read(`${as}.pem`), key: read(`${as}.key`) };
    const headers = authorization === undefined ? {} : { authorization };
    request(
      { host: '127.0.0.1', port, path, ca: read('ca.pem'), agent: false, headers, ...identity },
      response => {
        response.resume().on('end', () => resolve(response.statusCode ?? 0));
      },
    )
      .on('error', reject)
      .end();
  });
}

test('is open to who is named in a certificate, to who has the token, and to nobody else', async () => {
  const folder = authority('mixer', 'operator', 'stranger');
  const admin = await startAdmin(
    { pages: { status: () => ({ fine: true }) }, unready: () => undefined },
    {
      host: '127.0.0.1',
      port: 0,
      token: 'secret',
      tls: {
        cert: join(folder, 'mixer.pem'),
        key: join(folder, 'mixer.key'),
        ca: join(folder, 'ca.pem'),
        allow: ['spiffe://krater/oper*'],
        log: silentLog,
      },
    },
  );
  assert.is(await get(admin.port, folder, '/status', 'operator'), 200);
  assert.is(await get(admin.port, folder, '/status', 'stranger'), 401);
  assert.is(await get(admin.port, folder, '/status'), 401);
  assert.is(await get(admin.port, folder, '/status', undefined, 'Bearer secret'), 200);
  assert.is(await get(admin.port, folder, '/readyz'), 200);
  await admin.close();
});

test('does not take a certificate that somebody else has signed', async () => {
  const [folder, other] = [authority('mixer'), authority('operator')];
  const files = {
    cert: join(folder, 'mixer.pem'),
    key: join(folder, 'mixer.key'),
    ca: join(folder, 'ca.pem'),
  };
  const admin = await startAdmin(
    { pages: { status: () => ({ fine: true }) }, unready: () => undefined },
    { host: '127.0.0.1', port: 0, token: undefined, tls: { ...files, allow: ['*'], log: silentLog } },
  );
  execFileSync('cp', ['operator.pem', 'operator.key', folder], { cwd: other });
  assert.is(await get(admin.port, folder, '/status', 'operator'), 403);
  await admin.close();
});

test.run();
