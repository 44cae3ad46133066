import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { filesOf, root } from '../workspace.ts';
import { mustRun } from './command.ts';
import { followGuide } from './guide.ts';
import { startRegistry } from './registry.ts';

const quiet = ['--no-audit', '--no-fund'];

/**
 * What somebody outside does with the packed packages: follows the guide from its first line to its last; and builds the
 * sample adapters of plugins, packs them, and installs them beside the command.
 */
export async function checkOutsiders(tarballs: readonly string[], folder: string): Promise<void> {
  await using registry = await startRegistry(tarballs);
  const { env } = registry;
  mkdirSync(folder);
  const packed = [await packOutside(await followGuide(folder, registry), env)];
  for (const manifest of filesOf('plugins', 'krater-adapter-*/package.json')) {
    const source = join(root, manifest, '..');
    const copy = join(folder, basename(source));
    cpSync(source, copy, { recursive: true, filter: path => !/\/(?:node_modules|dist)(?:\/|$)/.test(path) });
    await mustRun('npm', ['install', ...quiet], { cwd: copy, env });
    await mustRun('npm', ['test'], { cwd: copy, env });
    packed.push(await packOutside(copy, env));
  }
  await servesRules(join(folder, 'operator'), packed, env);
}

/** Builds and packs; what it publishes must be JavaScript with types, and its README up to date. */
async function packOutside(cwd: string, env: NodeJS.ProcessEnv): Promise<string> {
  const before = readFileSync(join(cwd, 'README.md'), 'utf8');
  await mustRun('npm', ['pack'], { cwd, env });
  if (readFileSync(join(cwd, 'README.md'), 'utf8') !== before)
    throw new Error(`${basename(cwd)}/README.md is out of date: npm run readme`);
  const tarball = readdirSync(cwd).find(name => name.endsWith('.tgz'));
  if (tarball === undefined) throw new Error(`${basename(cwd)} was not packed`);
  const path = join(cwd, tarball);
  await mustRun('publint', ['run', path, '--strict'], { cwd });
  await mustRun('attw', [path, '--profile', 'esm-only', '--format', 'ascii'], { cwd });
  return path;
}

/** An operator's folder with the packed adapters and without the libraries of those that are not wanted. */
async function servesRules(cwd: string, packed: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  mkdirSync(cwd);
  writeFileSync(join(cwd, 'package.json'), JSON.stringify({ name: 'operator', private: true }));
  const packages = ['@krater/cli', '@krater/adapter-denier', ...packed];
  await mustRun('npm', ['install', ...quiet, '--ignore-scripts', ...packages], { cwd, env });
  for (const name of ['winston', '@opentelemetry/sdk-node', '@krater/adapter-logging'])
    if (existsSync(join(cwd, 'node_modules', name)))
      throw new Error(`${name} was installed, and nobody needs it`);
  mkdirSync(join(cwd, 'policy'));
  writeFileSync(join(cwd, 'policy/rules.yaml'), rules);
  const krater = join(cwd, 'node_modules/.bin/krater');
  const listed = await mustRun(krater, ['adapters'], { cwd });
  for (const name of ['shout', 'office-hours', 'audit'])
    if (!new RegExp(`^${name} `, 'm').test(listed))
      throw new Error(`krater adapters does not list ${name}:\n${listed}`);
  await mustRun(krater, ['validate', 'policy'], { cwd });
  const asked = [
    'explain',
    'policy',
    '-a',
    'destination.service.name=shop',
    '-a',
    'request.time=2030-01-01T12:00:00Z',
  ];
  const explained = await mustRun(krater, asked, { cwd });
  if (!explained.includes('office-hours') || !explained.includes('decision: allowed'))
    throw new Error(`krater explain answered:\n${explained}`);
}

const rules = `apiVersion: krater.dev/v1
kind: Rule
metadata: { name: office-hours }
spec:
  match: destination.service.name == "shop"
  actions:
  - handler: { adapter: office-hours }
    instances: [{ name: visit, template: visit, params: { place: destination.service.name, at: request.time } }]
  - handler: { adapter: audit }
    instances: [{ name: seen, template: logentry, params: { variables: { path: request.path | "" } } }]
`;
