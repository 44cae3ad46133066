import { readFile } from 'node:fs/promises';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { type Ambient, KraterError } from '@krater/mixer';
import type { codes } from '../codes.ts';
import type { AllowList } from './caller.ts';

/** Paths of PEM files; they are read again when they change. */
export interface MixerServerTls {
  readonly cert: string;
  readonly key: string;
  /** Of those who sign clients' certificates; with it every client needs one (mTLS). */
  readonly ca?: string;
  /** Which names may do what; whoever has a certificate may do everything if left out. */
  readonly allow?: AllowList;
}

/** Milliseconds between looks at the files. */
const interval = 1_000;

/**
 * The certificate files as TLS takes them. They are compared by content, since links are swapped and times lie; what
 * does not fit together, as a certificate whose key is still to be written, is left for the next look.
 */
export class Certificates {
  readonly #tls: MixerServerTls;
  readonly #ambient: Pick<Ambient, 'after' | 'log'>;
  #loaded = '';
  #complained = '';
  #cancel: (() => void) | undefined;
  #closed = false;

  constructor(tls: MixerServerTls, ambient: Pick<Ambient, 'after' | 'log'>) {
    this.#tls = tls;
    this.#ambient = ambient;
  }

  /** @throws KraterError WIRE_BAD_CERTIFICATE */
  async load(): Promise<SecureContextOptions> {
    const options = await this.#read();
    this.#loaded = JSON.stringify(options);
    return options;
  }

  /** Hands over what the files become. */
  watch(changed: (options: SecureContextOptions) => void): void {
    const look = async () => {
      await this.#look(changed);
      if (!this.#closed) this.#cancel = this.#ambient.after(interval, look);
    };
    this.#cancel = this.#ambient.after(interval, look);
  }

  close(): void {
    this.#closed = true;
    this.#cancel?.();
  }

  async #look(changed: (options: SecureContextOptions) => void): Promise<void> {
    const { log } = this.#ambient;
    try {
      const options = await this.#read();
      const content = JSON.stringify(options);
      if (content === this.#loaded || this.#closed) return;
      this.#loaded = content;
      this.#complained = '';
      changed(options);
      log.info('certificates were read again', { cert: this.#tls.cert });
    } catch (error) {
      const message = String((error as Error).message);
      if (message === this.#complained) return;
      this.#complained = message;
      log.error('changed certificates cannot be used; the old ones go on', { error: message });
    }
  }

  async #read(): Promise<SecureContextOptions> {
    const { cert, key, ca } = this.#tls;
    try {
      const options: SecureContextOptions = {
        cert: await readFile(cert, 'utf8'),
        key: await readFile(key, 'utf8'),
        ...(ca !== undefined && { ca: await readFile(ca, 'utf8') }),
        minVersion: 'TLSv1.2',
      };
      createSecureContext(options);
      return options;
    } catch (cause) {
      const code: keyof typeof codes = 'WIRE_BAD_CERTIFICATE';
      const message = `the certificate files cannot be used: ${(cause as Error).message}`;
      const hint = 'tls takes the paths of PEM files: cert, key, and ca for clients with certificates';
      throw new KraterError(code, message, { hint, cause });
    }
  }
}
