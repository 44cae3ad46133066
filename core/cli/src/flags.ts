import { type Command, Option } from 'commander';
import { collect, parseCount, parsePort, parseTime } from './command.ts';

/** What a proxy does before it has ever reached a Mixer. */
export function beforeFirstMixer(): Option {
  return new Option('--before-first-mixer <verdict>', 'while no Mixer was ever reached')
    .choices(['allow', 'deny'])
    .default('deny');
}

/** What the engine's standard is, where nobody says otherwise. */
export function checkDeadline(): Option {
  return new Option('--check-deadline <duration>', 'how long a check may take (100ms)').argParser(parseTime);
}

/** Where a Mixer listens, whom it trusts, and what it bears. */
export function withServerFlags(command: Command): Command {
  return command
    .option('--host <address>', 'address to bind', '127.0.0.1')
    .option('--port <port>', 'port of gRPC; 0 to choose one', parsePort, 9091)
    .option('--socket <path>', 'listen on a Unix socket instead of a port')
    .option(
      '--namespace <name>',
      'decide every request by the rules of this namespace; needed beyond loopback without mTLS',
    )
    .option('--tls-cert <file>', 'certificate, read again when it changes')
    .option('--tls-key <file>', 'its key')
    .option('--tls-ca <file>', 'authority of client certificates: asks for them')
    .option(
      '--allow-check <san>',
      'who may check, by a name in the certificate; * at the end for any',
      collect,
      [],
    )
    .option('--allow-report <san>', 'who may report', collect, [])
    .option(
      '--allow-admin <san>',
      'who may use the admin port without its token; it then speaks TLS',
      collect,
      [],
    )
    .option('--admin-port <port>', 'port of status, metrics and health; 0 to choose one', parsePort, 9093)
    .option(
      '--admin-token <token>',
      'token for the admin port, needed beyond loopback (or KRATER_ADMIN_TOKEN)',
    )
    .option(
      '--node <name>',
      'what decisions are named after, with a few letters that are others with each start',
    )
    .addOption(checkDeadline())
    .option('--no-watch', 'do not follow changes of the files')
    .option('--strict', 'treat warnings as errors');
}

/** How a Mixer is reached. */
export function withConnectionFlags(command: Command): Command {
  return command
    .addOption(
      new Option('--transport <kind>', 'how gRPC is spoken').choices(['http2', 'grpc-js']).default('http2'),
    )
    .option('--mixer-ca <file>', "authority of the Mixer's certificate: speaks TLS")
    .option('--mixer-cert <file>', 'our own certificate')
    .option('--mixer-key <file>', 'its key')
    .option('--mixer-name <name>', "name in the Mixer's certificate, where it is not that of the address");
}

/** One call to a Mixer, or many of the same. */
export function withCallFlags(command: Command): Command {
  return withConnectionFlags(command)
    .argument('<address>', 'HOST:PORT or unix:PATH of a Mixer')
    .option('-a, --attribute <name=value>', 'an attribute of the request', collect, [])
    .option('--attributes <file>', 'attributes from a YAML or JSON file')
    .option('--config <dir>', 'configuration folder whose manifests extend the vocabulary')
    .option('--deadline <duration>', 'how long one call may take', parseTime, 1_000)
    .option('--repeat <calls>', 'make so many calls and sum them up', parseCount, 1)
    .option('--concurrency <calls>', 'so many at a time', parseCount, 1);
}
