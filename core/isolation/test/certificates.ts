import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** An authority, and certificates of it as PEM files in a folder: `NAME.crt` and `NAME.key`; needs openssl. */
export function createAuthority(folder: string, name: string) {
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  const key = (of: string) => [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-keyout',
    `${of}.key`,
  ];
  openssl('req', '-x509', ...key(name), '-out', `${name}.crt`, '-subj', `/CN=${name}`, '-days', '2');
  return {
    issue(subject: string, addresses: string): void {
      openssl('req', ...key(subject), '-out', `${subject}.csr`, '-subj', `/CN=${subject}`);
      writeFileSync(join(folder, `${subject}.ext`), `subjectAltName=${addresses}`);
      openssl(
        'x509',
        '-req',
        '-in',
        `${subject}.csr`,
        '-CA',
        `${name}.crt`,
        '-CAkey',
        `${name}.key`,
        '-days',
        '2',
        '-extfile',
        `${subject}.ext`,
        '-out',
        `${subject}.crt`,
      );
    },
  };
}

export const pem = (folder: string, file: string) => readFileSync(join(folder, file));
