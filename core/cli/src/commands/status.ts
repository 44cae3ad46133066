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
  return found.mixer.refused === undefined ? exit.fine : exit.no;
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

function formatStatus({ version, folder, mixer, listening, workloads }: UpStatus): string {
  const sections = [
    `krater ${version} runs ${folder}`,
    `configuration ${mixer.hash}, generation ${mixer.generation}: ${mixer.rules} rules, ${mixer.handlers.length} handlers`,
  ];
  if (mixer.refused !== undefined) {
    sections.push(
      `the last change was refused at ${new Date(mixer.refused.at).toISOString()}, the configuration before it goes on:`,
    );
    for (const { place, code, message } of mixer.refused.problems) {
      sections.push(`  ${place.file}:${place.line}:${place.column} ${code} ${message}`);
    }
  }
  sections.push(
    '',
    formatTable([['LISTENS', 'ADDRESS'], ...listening.map(({ what, address }) => [what, address])]),
  );
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
  const rows = mixer.handlers.map(it => [
    it.name,
    it.adapter,
    it.health?.mode ?? '-',
    it.health?.state ?? '-',
    String(it.epoch),
    String(it.failures),
  ]);
  const head = ['HANDLER', 'ADAPTER', 'ISOLATION', 'STATE', 'EPOCH', 'FAILURES'];
  sections.push('', formatTable([head, ...rows]));
  for (const { name, health } of mixer.handlers)
    if (health?.reason !== undefined) sections.push(`  ${name} is ${health.state}: ${health.reason}`);
  return sections.join('\n');
}
