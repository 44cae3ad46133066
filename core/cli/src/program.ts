import { Command, CommanderError } from 'commander';
import { collect, defineCommand, parsePort } from './command.ts';
import { outliveReader } from './reader.ts';
import { exit } from './terminal.ts';
import { version } from './version.ts';

/** The `krater` command line: every command, its arguments and options, in one place. */
export function buildProgram(): Command {
  const program = new Command('krater')
    .description('policy and telemetry for any proxy: one rule language, adapters from npm')
    .version(version, '--version')
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show help for a command');

  program.addCommand(
    defineCommand(
      'up',
      'run everything for a configuration folder',
      async () => (await import('./commands/up.ts')).up,
    )
      .argument('[dir]', 'configuration folder', '.')
      .option('--host <address>', 'address to bind', '127.0.0.1')
      .option('--admin-port <port>', 'port of status, metrics and health; 0 to choose one', parsePort, 9093)
      .option(
        '--admin-token <token>',
        'token for the admin port, needed beyond loopback (or KRATER_ADMIN_TOKEN)',
      )
      .option('--no-traffic', 'start no traffic of our own')
      .option('--no-watch', 'do not follow changes of the files')
      .option('--strict', 'treat warnings as errors'),
  );
  program.addCommand(
    defineCommand(
      'validate',
      'print every problem of a configuration, with its place',
      async () => (await import('./commands/validate.ts')).validate,
    )
      .argument('<dir>', 'configuration folder or file')
      .option('--strict', 'treat warnings as errors'),
  );
  program.addCommand(
    defineCommand(
      'attributes',
      'list the vocabulary',
      async () => (await import('./commands/attributes.ts')).attributes,
    ).argument('[dir]', 'configuration folder whose manifests extend it'),
  );
  program.addCommand(
    defineCommand('eval', 'evaluate an expression', async () => (await import('./commands/eval.ts')).evaluate)
      .argument('[expression]', 'the expression')
      .option('--config <dir>', 'configuration folder whose manifests extend the vocabulary')
      .option(
        '-a, --attribute <name=value>',
        'an attribute, typed by the vocabulary; map[key]=value for one entry',
        collect,
        [],
      )
      .option('--attributes <file>', 'attributes from a YAML or JSON file')
      .option('--batch <file>', 'evaluate each line of a JSONL file; - for standard input'),
  );
  program.addCommand(
    defineCommand(
      'explain',
      'a dry run: which rules match and why, and what would be decided',
      async () => (await import('./commands/explain.ts')).explain,
    )
      .argument('<dir>', 'configuration folder')
      .option('-a, --attribute <name=value>', 'an attribute of the request', collect, [])
      .option('--attributes <file>', 'attributes from a YAML or JSON file')
      .option('--namespace <name>', "the destination's namespace"),
  );
  program.addCommand(
    defineCommand(
      'adapters',
      'list what is installed, describe one adapter, or serve one to other machines',
      async () => (await import('./commands/adapters.ts')).adapters,
    )
      .argument('[name]', '"list", the adapter to describe, or "serve"', 'list')
      .argument('[package]', 'the adapter to serve')
      .option('--config <dir>', 'folder to look from', '.')
      .option('--address <host:port>', 'admin address of a running krater, to show how its handlers are')
      .option('--admin-token <token>', 'token of the admin port (or KRATER_ADMIN_TOKEN)')
      .option('--host <address>', 'serve: address to bind', '127.0.0.1')
      .option('--port <port>', 'serve: port to listen on; 0 to choose one', parsePort, 9094)
      .option('--tls-certificate <file>', 'serve: certificate in PEM')
      .option('--tls-key <file>', 'serve: its private key in PEM')
      .option('--tls-ca <file>', 'serve: authority whose certificates clients must show, in PEM'),
  );
  program.addCommand(
    defineCommand(
      'init',
      'write a small configuration to start from',
      async () => (await import('./commands/init.ts')).init,
    ).argument('[dir]', 'folder to write to', '.'),
  );
  program.addCommand(
    defineCommand(
      'status',
      'what a running krater runs and has loaded',
      async () => (await import('./commands/status.ts')).status,
    )
      .option('--address <host:port>', 'its admin address', '127.0.0.1:9093')
      .option('--admin-token <token>', 'token of the admin port (or KRATER_ADMIN_TOKEN)'),
  );
  for (const command of [program, ...program.commands]) command.exitOverride();
  return program;
}

/** Runs one command line (without `node` and the script) and answers with its exit code. */
export async function run(args: readonly string[]): Promise<number> {
  outliveReader();
  try {
    await buildProgram().parseAsync(args, { from: 'user' });
    return Number(process.exitCode ?? exit.fine);
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? exit.fine : exit.wrongUse;
  }
}
