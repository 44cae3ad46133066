#!/usr/bin/env node
// Starts the command: from src/ in the workspace, from dist/ where it is installed. Kept readable for old Nodes.
import { existsSync } from 'node:fs';
import process from 'node:process';

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(`Krater needs Node 22.18 or newer, and this is ${process.version} (${process.execPath})`);
  process.exit(2);
}

const workspace = existsSync(new URL('../src/index.ts', import.meta.url));
const { run } = await import(workspace ? '../src/index.ts' : '../dist/index.js');
process.exitCode = await run(process.argv.slice(2));
