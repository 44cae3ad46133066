import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const openssl = (...words: string[]) => promisify(execFile)('openssl', words);
const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];

/** A certificate authority for one test, in a folder of its own. */
export class Authority implements AsyncDisposable {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async create(): Promise<Authority> {
    const authority = new Authority(await mkdtemp(join(tmpdir(), 'krater-wire-')));
    const files = ['-keyout', authority.path('ca.key'), '-out', authority.path('ca.pem')];
    await openssl('req', '-x509', ...curve, ...files, '-subj', '/CN=authority of a test');
    return authority;
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  read(name: string): Promise<string> {
    return readFile(this.path(name), 'utf8');
  }

  /** Makes NAME.pem and NAME.key, for the names given as openssl has them: `URI:spiffe://a/b,DNS:c`. */
  async issue(name: string, names: string): Promise<{ readonly cert: string; readonly key: string }> {
    const files = ['-keyout', this.path(`${name}.key`), '-out', this.path(`${name}.pem`)];
    const signed = ['-CA', this.path('ca.pem'), '-CAkey', this.path('ca.key')];
    const named = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=${names}`];
    await openssl('req', '-x509', ...curve, ...files, ...signed, ...named);
    return { cert: await this.read(`${name}.pem`), key: await this.read(`${name}.key`) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true });
  }
}
