import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { cliError } from '../error.ts';

/** What npm knows of a published package before anything of it is here. */
export interface PublishedPackage {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
  /** Who published this version; empty where the registry does not say. */
  readonly publisher: string;
  readonly maintainers: readonly string[];
  /** When this version was published; empty where the registry does not say. */
  readonly published: string;
  readonly dependencies: readonly string[];
  /** Why nobody should use it any more; empty where it may be used. */
  readonly deprecated: string;
  /** It would run programs of its own when it is installed. */
  readonly hasInstallScripts: boolean;
}

interface View {
  readonly name: string;
  readonly version: string;
  readonly description?: string;
  readonly license?: unknown;
  readonly _npmUser?: unknown;
  readonly maintainers?: unknown;
  readonly time?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly deprecated?: unknown;
  readonly scripts?: Readonly<Record<string, string>>;
}

const installScripts = ['preinstall', 'install', 'postinstall'];

/** Asks the registry that npm is set to about a package, `NAME` or `NAME@VERSION`. */
export async function viewPackage(spec: string, cwd: string): Promise<PublishedPackage> {
  const said: unknown = JSON.parse(await npm(['view', spec, '--json'], cwd));
  // Of a range npm tells every version that fits, the newest last.
  const view = (Array.isArray(said) ? said.at(-1) : said) as View;
  const text = (value: unknown) => (typeof value === 'string' ? value : '');
  const { name, version, dependencies = {}, scripts = {}, time = {}, maintainers = [] } = view;
  return {
    name,
    version,
    description: text(view.description),
    license: text(view.license),
    publisher: person(view._npmUser),
    maintainers: [maintainers].flat().map(person),
    published: text(time[version]),
    dependencies: Object.keys(dependencies),
    deprecated: text(view.deprecated),
    hasInstallScripts: installScripts.some(script => script in scripts),
  };
}

/** Installs exactly one version of a package; nothing of it runs. */
export async function installPackage({ name, version }: PublishedPackage, cwd: string): Promise<void> {
  await npm(['install', `${name}@${version}`, '--ignore-scripts', '--no-audit', '--no-fund'], cwd);
}

function person(said: unknown): string {
  if (typeof said === 'string') return said;
  const { name = '', email } = (said ?? {}) as { name?: string; email?: string };
  return email === undefined ? name : `${name} <${email}>`;
}

async function npm(args: readonly string[], cwd: string): Promise<string> {
  try {
    const env = { ...process.env, NODE_OPTIONS: '' };
    return (await promisify(execFile)('npm', args, { cwd, env, maxBuffer: 64 * 1024 * 1024 })).stdout;
  } catch (cause) {
    const {
      stderr = '',
      stdout = '',
      message,
    } = cause as { stderr?: string; stdout?: string; message: string };
    const missing = /\bE404\b/.test(stderr + stdout);
    const fact = missing
      ? `npm knows no package "${args[1]}"`
      : `npm ${args[0]} failed: ${errorLine(stderr) ?? message.split('\n')[0]}`;
    const hint = missing
      ? 'correct the name, or write the whole name of the package'
      : 'try it yourself to see more';
    throw cliError('CLI_NPM_FAILED', fact, { hint: `${hint}: npm ${args.slice(0, 2).join(' ')}` });
  }
}

/** The first line of npm's complaint that is about the matter. */
function errorLine(stderr: string): string | undefined {
  return stderr
    .split('\n')
    .filter(line => /^npm (error|ERR!) /.test(line) && !/ (error|ERR!) code /.test(line))
    .map(line => line.replace(/^npm (error|ERR!) /, ''))[0];
}
