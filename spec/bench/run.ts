import { fork } from 'node:child_process';
import { once } from 'node:events';
import { basename } from 'node:path';
import { filesOf, textOf } from '../workspace.ts';
import type { Bench, Row } from './row.ts';

// Each benchmark runs in a fresh process, which is this file again with the name of one.
if (process.send) process.send(await runBench(process.argv[2] ?? ''), () => process.exit());
else await runAll(process.argv[2]);

async function runBench(name: string): Promise<Row[]> {
  const bench = (await import(`./${name}.ts`)) as Bench;
  return await bench.run();
}

async function runAll(only: string | undefined): Promise<void> {
  const names = filesOf('spec/bench', '*.ts')
    .filter(path => /^export (?:async )?function run\(/m.test(textOf(path)))
    .map(path => basename(path, '.ts'));
  const chosen = names.filter(name => only === undefined || name === only);
  if (chosen.length === 0) {
    console.error(`no benchmark "${only}": ${names.join(', ')}`);
    process.exitCode = 2;
    return;
  }
  const rows: Row[] = [];
  for (const name of chosen) {
    console.error(`${name} …`);
    const found = await inFreshProcess(name);
    if (found) rows.push(...found);
    else process.exitCode = 1;
  }
  print(rows);
}

async function inFreshProcess(name: string): Promise<Row[] | undefined> {
  const child = fork(new URL(import.meta.url), [name], {
    execArgv: ['--conditions=krater-source', '--expose-gc'],
  });
  let rows: Row[] | undefined;
  child.on('message', message => {
    rows = message as Row[];
  });
  const [code] = (await once(child, 'close')) as [number | null];
  if (!rows) console.error(`${name} ended with ${code} and no figures`);
  return rows;
}

function print(rows: readonly Row[]): void {
  const head = ['what', 'ours', 'peer', 'ratio', 'target', 'met'];
  const lines = rows.map(({ what, ours, peer, ratio, target, met }) => [
    what,
    ours,
    peer,
    ratio === undefined ? '' : `${ratio.toPrecision(3)}×`,
    target,
    met === undefined ? '' : met ? 'yes' : 'NO',
  ]);
  const widths = head.map((title, column) =>
    Math.max(title.length, ...lines.map(line => line[column]?.length ?? 0)),
  );
  for (const line of [head, widths.map(width => '-'.repeat(width)), ...lines]) {
    console.log(
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    );
  }
  const missed = rows.filter(({ met }) => met === false).length;
  console.log(`\n${rows.length} figures, ${missed} below target`);
}
