import type { MixerStatus } from '@krater/mixer';
import type { Action } from '../command.ts';
import { cliError } from '../error.ts';
import { formatTable } from '../table.ts';
import { exit } from '../terminal.ts';
import type { UpStatus } from '../up/status.ts';

interface Options {
  readonly address: string;
  readonly adminToken?: string;
}

/** `krater status`: asks the admin port of a running krater. */
export const status: Action<Options> = async (terminal, _args, { address, adminToken }) => {
  const found = await askStatus(address, adminToken);
  terminal.tell(found, formatStatus(found));
  return found.mixer !== undefined && found.mixer.refused === undefined ? exit.fine : exit.no;
};

/** What a running krater says of itself. */
export async function askStatus(
  address: string,
  token = process.env['KRATER_ADMIN_TOKEN'],
): Promise<UpStatus> {
  if (!URL.canParse(`http://${address}/status`) || !/:\d+$/.test(address)) {
    throw cliError('CLI_BAD_ADDRESS', `"${address}" is not HOST:PORT`, {
      hint: 'write it like --address 127.0.0.1:9093',
    });
  }
  const response = await fetch(`http://${address}/status`, {
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(5000),
  }).catch(() => {
    throw cliError('CLI_NOT_RUNNING', `no krater answers on ${address}`, {
      hint: 'start one: krater up DIR, or name another with --address',
    });
  });
  if (response.status === 401 || response.status === 403) {
    throw cliError(
      'CLI_TOKEN_REFUSED',
      `the krater on ${address} does not accept ${token === undefined ? 'a request without a token' : 'this token'}`,
      {
        hint: 'pass the one it was started with: --admin-token TOKEN',
      },
    );
  }
  if (!response.ok || !response.headers.get('content-type')?.includes('json')) {
    throw cliError('CLI_NOT_RUNNING', `what answers on ${address} is no krater`, {
      hint: 'name the admin address with --address',
    });
  }
  return (await response.json()) as UpStatus;
}

function formatStatus({ version, folder, mixer, listening, workloads, processes = [] }: UpStatus): string {
  const sections = [
    `krater ${version} runs ${folder}`,
    ...(mixer === undefined ? ['its Mixer does not answer'] : formatConfiguration(mixer)),
    '',
    formatTable([['LISTENS', 'ADDRESS'], ...listening.map(({ what, address }) => [what, address])]),
  ];
  if (processes.length > 0) {
    const rows = processes.map(it => [it.name, it.state, String(it.restarts), String(it.pid ?? '-')]);
    sections.push('', formatTable([['PROCESS', 'STATE', 'RESTARTS', 'PID'], ...rows]));
  }
  if (workloads.length > 0) {
    const rows = workloads.map(it => [
      it.name,
      it.service,
      it.state,
      String(it.restarts),
      it.pid === undefined ? '-' : String(it.pid),
    ]);
    sections.push('', formatTable([['WORKLOAD', 'SERVICE', 'STATE', 'RESTARTS', 'PID'], ...rows]));
  }
  if (mixer !== undefined) sections.push('', ...formatHandlers(mixer));
  return sections.join('\n');
}

function formatHandlers({ handlers }: MixerStatus): readonly string[] {
  const rows = handlers.map(it => [
    it.name,
    it.adapter,
    it.health?.mode ?? '-',
    it.health?.state ?? '-',
    String(it.epoch),
    String(it.failures),
  ]);
  const head = ['HANDLER', 'ADAPTER', 'ISOLATION', 'STATE', 'EPOCH', 'FAILURES'];
  return [
    formatTable([head, ...rows]),
    ...handlers.flatMap(({ name, health }) =>
      health?.reason === undefined ? [] : [`  ${name} is ${health.state}: ${health.reason}`],
    ),
  ];
}

function formatConfiguration({ hash, generation, rules, handlers, refused }: MixerStatus): readonly string[] {
  const serves = `configuration ${hash}, generation ${generation}: ${rules} rules, ${handlers.length} handlers`;
  if (refused === undefined) return [serves];
  return [
    serves,
    `the last change was refused at ${new Date(refused.at).toISOString()}, the configuration before it goes on:`,
    ...refused.problems.map(
      ({ place, code, message }) => `  ${place.file}:${place.line}:${place.column} ${code} ${message}`,
    ),
  ];
}
