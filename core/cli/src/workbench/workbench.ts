import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ConfigError, type SourceFile } from '@krater/documents';
import {
  type AdapterResolver,
  type AnyAdapter,
  createMixer,
  formatJson,
  type Log,
  type Mixer,
} from '@krater/mixer';
import { createAdapterLoader, type LoadedAdapter } from '../adapters/adapter-loader.ts';
import { engineOptions } from '../configuration.ts';
import type { Event } from './event.ts';
import { importAfresh } from './fresh-import.ts';
import { type ScriptedRequest, scriptedBag } from './request-script.ts';
import { toldAdapter } from './told-adapter.ts';

export interface WorkbenchOptions {
  /** The adapter's source file. */
  readonly file: string;
  /** The folder of the rules. */
  readonly folder: string;
  readonly tell: (event: Event) => void;
  readonly log: Log;
}

/** Files of an adapter that are looked at for changes. */
const mostSources = 1_000;

/** A Mixer at an adapter author's desk: rules that say `adapter: NAME` mean the source, as it was last saved. */
export class Workbench {
  readonly #options: WorkbenchOptions;
  /** Where the adapter's sources lie, as a file URL. */
  readonly #root: string;
  #mixer: Mixer | undefined;
  #loaded: LoadedAdapter | undefined;
  #fingerprint = '';

  constructor(options: WorkbenchOptions) {
    this.#options = options;
    this.#root = `${pathToFileURL(dirname(resolve(options.file))).href}/`;
  }

  get mixer(): Mixer | undefined {
    return this.#mixer;
  }

  /** The adapter as it was loaded last. */
  get adapter(): AnyAdapter | undefined {
    return this.#loaded?.adapter;
  }

  /** What the author may save. */
  sources(): readonly string[] {
    const folder = dirname(resolve(this.#options.file));
    const found = globSync('**/*.{ts,js,mjs,json}', {
      cwd: folder,
      exclude: name => /(^|\/)node_modules$/.test(name),
    });
    return found.slice(0, mostSources).map(path => join(folder, path));
  }

  /** Takes the sources and rules as they are now; if either is wrong, throws, and what ran before goes on. */
  async load(files: readonly SourceFile[]): Promise<void> {
    const changed = await this.#loadAdapter();
    const { folder, log, tell } = this.#options;
    if (this.#mixer === undefined) {
      this.#mixer = await createMixer({ ...engineOptions(folder, files), adapters: this.#resolver(), log });
      tell({ event: 'ready', text: this.#described('ready') });
      return;
    }
    const { accepted, problems, generation } = await this.#mixer.reload(files);
    const what = changed ? 'reloaded, adapter and rules' : 'reloaded the rules';
    const text = accepted ? this.#described(what) : 'reload refused; what ran before goes on';
    tell({ event: 'reload', accepted, generation, text });
    if (!accepted) throw new ConfigError(problems);
  }

  /** Sends one request through: a check, and a report where it was let pass. */
  async send(request: ScriptedRequest): Promise<void> {
    if (this.#mixer === undefined) return;
    const bag = scriptedBag(request, this.#mixer.vocabulary);
    const method = String(request['request.method'] ?? 'request');
    this.#options.tell({ event: 'request', request, text: `\n${method} ${formatJson(request)}` });
    const { status } = await this.#mixer.check(bag);
    const verdict = status.code === 'OK' ? 'allowed' : `refused with ${status.code}: ${status.message}`;
    this.#options.tell({ event: 'decision', status, text: `decision: ${verdict}` });
    await this.#mixer.report([bag]);
  }

  async close(): Promise<void> {
    await this.#mixer?.close();
  }

  async #loadAdapter(): Promise<boolean> {
    const { file, folder } = this.#options;
    const hash = createHash('sha256');
    for (const path of this.sources()) hash.update(path).update(readFileSync(path));
    const fingerprint = hash.digest('hex');
    if (fingerprint === this.#fingerprint) return false;
    importAfresh(this.#root);
    const path = resolve(file);
    this.#loaded = await createAdapterLoader(folder).resolve(path, path);
    this.#fingerprint = fingerprint;
    return true;
  }

  #resolver(): AdapterResolver {
    const { folder, tell } = this.#options;
    const others = createAdapterLoader(folder);
    return {
      ...others,
      resolve: async (name, from) => {
        const loaded = this.#loaded;
        const names = [loaded?.adapter.name, ...(loaded?.adapter.aliases ?? [])];
        if (loaded === undefined || !names.includes(name)) return others.resolve(name, from);
        const origin = `${loaded.origin}#${this.#fingerprint}`;
        return { adapter: toldAdapter(loaded.adapter, tell), origin };
      },
    };
  }

  #described(what: string): string {
    const { adapter } = this;
    const templates = adapter?.templates.map(({ name }: { name: string }) => name).join(', ');
    return `${what}: ${adapter?.name} serves ${templates}; rules in ${this.#options.folder}`;
  }
}
