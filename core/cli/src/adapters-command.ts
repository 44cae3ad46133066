import type { Command } from 'commander';
import { defineCommand, parseTime } from './command.ts';

/** `krater adapters` and what stands below it. */
export function adaptersCommand(): Command {
  return defineCommand(
    'adapters',
    'list what is installed, or describe one adapter',
    async () => (await import('./commands/adapters.ts')).adapters,
  )
    .argument('[name]', '"list", or the adapter to describe', 'list')
    .option('--config <dir>', 'folder to look from', '.')
    .option('--schema', 'print the JSON Schema of its parameters')
    .option(
      '--write <file>',
      'write its reference into a page, between <!-- reference --> and <!-- /reference -->',
    )
    .enablePositionalOptions()
    .addCommand(
      defineCommand(
        'add',
        'show whose package it is, install it without running anything, print a handler',
        async () => (await import('./commands/adapters-add.ts')).adaptersAdd,
      )
        .argument('<name>', 'an adapter, or the package of one; NAME@VERSION for a version')
        .option('--config <dir>', 'folder to install into', '.')
        .option('-y, --yes', 'do not ask'),
    )
    .addCommand(
      defineCommand(
        'dev',
        'try the source of an adapter: a Mixer, requests, and what it receives',
        async () => (await import('./commands/adapters-dev.ts')).adaptersDev,
      )
        .argument('[file]', 'source file of the adapter', 'src/index.ts')
        .option('--config <dir>', 'folder of the rules', 'dev')
        .option(
          '--requests <file>',
          'requests to send, a JSON object of attributes a line (DIR/requests.jsonl)',
        )
        .option('--every <duration>', 'how often one is sent', parseTime, 1_000)
        .option('--once', 'send each of them once, and end'),
    );
}
