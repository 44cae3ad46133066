#!/usr/bin/env node
// Starts the command: from src/ in the workspace, from dist/ where it is installed. Kept readable for old Nodes.
import { existsSync } from 'node:fs';
import * as module from 'node:module';
import process from 'node:process';

// What runs until it is stopped takes these over as soon as it has something to close.
if (['up', 'mixer', 'proxy'].includes(process.argv[2]))
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(0));

const [major, minor] = process.versions.node.split('.').map(Number);
const workspace = existsSync(new URL('../src/index.ts', import.meta.url));

if (major < 22 || (major === 22 && minor < 18)) {
  console.error(`krater needs Node 22.18 or newer, and this is ${process.version} (${process.execPath})`);
  console.error(
    workspace
      ? '   hint: in this workspace npm brings its own: npm ci, then: npm exec krater -- COMMAND'
      : '   hint: install a newer Node: https://nodejs.org',
  );
  process.exit(2);
}

if (workspace) {
  const condition = 'krater-source';
  module.registerHooks({
    resolve: (specifier, context, next) =>
      next(specifier, { ...context, conditions: [...context.conditions, condition] }),
  });
  // Child processes and workers resolve by themselves.
  const options = process.env.NODE_OPTIONS ?? '';
  if (!options.includes(condition)) process.env.NODE_OPTIONS = `${options} --conditions=${condition}`.trim();
}

const { run } = await import('@krater/cli');
process.exitCode = await run(process.argv.slice(2));
