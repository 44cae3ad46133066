import { Command, CommanderError } from 'commander';
import { adaptersCommand } from './adapters-command.ts';
import { type Action, collect, defineCommand, parseCount, parsePort } from './command.ts';
import {
  beforeFirstMixer,
  checkDeadline,
  withCallFlags,
  withConnectionFlags,
  withServerFlags,
} from './flags.ts';
import { outliveReader } from './reader.ts';
import { exit } from './terminal.ts';
import { version } from './version.ts';

/** The `krater` command line: every command, its arguments and options, in one place. */
export function buildProgram(): Command {
  const program = new Command('krater')
    .description('policy and telemetry for any proxy: one rule language, adapters from npm')
    .version(version, '--version')
    // What follows the name of a command is that command's, also where one stands below another.
    .enablePositionalOptions()
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
      .option('--port <port>', "port of the Mixer's gRPC; 0 to choose one", parsePort, 9091)
      .option('--admin-port <port>', 'port of status, metrics and health; 0 to choose one', parsePort, 9093)
      .option(
        '--admin-token <token>',
        'token for the admin port, needed beyond loopback (or KRATER_ADMIN_TOKEN)',
      )
      .option('--no-traffic', 'start no traffic of our own')
      .option('--no-watch', 'do not follow changes of the files')
      .option('--processes', 'run the Mixer and every sidecar as a process of its own')
      .addOption(beforeFirstMixer())
      .addOption(checkDeadline())
      .option('--strict', 'treat warnings as errors'),
  );
  program.addCommand(
    withServerFlags(
      defineCommand(
        'mixer',
        'a Mixer alone, for proxies that run elsewhere',
        async () => (await import('./commands/mixer.ts')).mixer,
      ).argument('[dir]', 'configuration folder', '.'),
    ),
  );
  program.addCommand(
    withConnectionFlags(
      defineCommand(
        'proxy',
        'a sidecar alone, for one workload',
        async () => (await import('./commands/proxy.ts')).proxy,
      )
        .requiredOption('--service <name>', 'the service that it stands before, by name or host')
        .option('--workload <name>', 'which of its workloads, where it has several')
        .option('--config <dir>', 'configuration folder', '.')
        .option(
          '--mixer <address>',
          'HOST:PORT or unix:PATH, several with commas, or "embedded"',
          '127.0.0.1:9091',
        )
        .option('--host <address>', 'address to bind the inbound side and the admin port to', '127.0.0.1')
        .option('--port <port>', 'inbound port (as the workload declares, or 15006)', parsePort)
        .option('--outbound-port <port>', 'outbound port (as the workload declares, or 15001)', parsePort)
        .option(
          '--admin-port <port>',
          'port of status, metrics and health; 0 to choose one',
          parsePort,
          15000,
        )
        .option(
          '--admin-token <token>',
          'token for the admin port, needed beyond loopback (or KRATER_ADMIN_TOKEN)',
        )
        .option(
          '--unreachable <policy>',
          'while no Mixer answers: allow, deny or cached(AGE); a Service may say otherwise',
        )
        .addOption(beforeFirstMixer())
        .addOption(checkDeadline())
        .option('--peer-key-file <file>', 'key that the proxies of one mesh share (or KRATER_PEER_KEY)')
        .option('--no-leases', 'charge every request at the Mixer: exact, and slower')
        .option('--no-watch', 'do not follow changes of the files'),
    ),
  );
  const ask = <O extends object>(name: string, summary: string, load: () => Promise<Action<O>>) =>
    withCallFlags(defineCommand(name, summary, load))
      .option('-q, --quota <name=amount>', 'ask for a quota by its name', collect, [])
      .option('--best-effort', 'take as much of the quotas as there is')
      .option('--verbose', 'show transport, node, configuration and epochs too');
  program.addCommand(
    ask(
      'check',
      'ask a running Mixer about a request',
      async () => (await import('./commands/check.ts')).check,
    ),
  );
  program.addCommand(
    ask('quota', 'ask a running Mixer for quotas', async () => (await import('./commands/check.ts')).quota),
  );
  program.addCommand(
    withCallFlags(
      defineCommand(
        'report',
        'tell a running Mixer of a finished request',
        async () => (await import('./commands/report.ts')).report,
      ),
    ).option('--batch <records>', 'records in one call', parseCount, 1),
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
  program.addCommand(adaptersCommand());
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
  for (const command of withNested(program)) command.exitOverride();
  return program;
}

function withNested(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withNested)];
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
