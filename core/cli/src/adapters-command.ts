import type { Command } from 'commander';
import { defineCommand, parsePort, parseTime } from './command.ts';

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
    .option('--address <host:port>', 'admin address of a running krater, to show how its handlers are')
    .option('--admin-token <token>', 'token of the admin port (or KRATER_ADMIN_TOKEN)')
    .enablePositionalOptions()
    .addCommand(
      defineCommand(
        'serve',
        'run an adapter for Mixers on other machines',
        async () => (await import('./commands/adapters-serve.ts')).adaptersServe,
      )
        .argument('<package>', 'the adapter to serve')
        .option('--config <dir>', 'folder to look from', '.')
        .option('--host <address>', 'address to bind', '127.0.0.1')
        .option('--port <port>', 'port to listen on; 0 to choose one', parsePort, 9094)
        .option('--tls-certificate <file>', 'certificate in PEM')
        .option('--tls-key <file>', 'its private key in PEM')
        .option('--tls-ca <file>', 'authority whose certificates clients must show, in PEM'),
    )
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
