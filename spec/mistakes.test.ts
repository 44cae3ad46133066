import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import denier from '@krater/adapter-denier';
import denylist from '@krater/adapter-denylist';
import jsonlogic from '@krater/adapter-jsonlogic';
import logging from '@krater/adapter-logging';
import memquota from '@krater/adapter-memquota';
import prometheus from '@krater/adapter-prometheus';
import { formatProblems } from '@krater/documents';
import { type ConfigError, createMixer, silentLog } from '@krater/mixer';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

/** Golden cases: a configuration, a line of dashes, and what is printed about it. `UPDATE=1` rewrites the second part. */
const mistakes = suite('mistakes in a configuration');

const divider = '-'.repeat(60);
const adapters = [denier, denylist, jsonlogic, logging, memquota, prometheus];
const seen = new Set<string>();

async function read(text: string): Promise<string> {
  try {
    const listeners = [
      {
        name: 'inbound',
        supplies: ['request.path', 'request.headers', 'destination.service.name', 'source.labels'],
      },
    ];
    const config = [{ path: 'policy/rules.yaml', text }];
    const mixer = await createMixer({ config, adapters, listeners, strict: true, log: silentLog });
    await mixer.close();
    return 'no problems\n';
  } catch (error) {
    const { problems } = error as ConfigError;
    if (problems === undefined) throw error;
    for (const { code } of problems) seen.add(code);
    return `${formatProblems(problems)}\n`;
  }
}

for (const path of globSync(`${import.meta.dirname}/cases/mistakes/*.case`).sort()) {
  mistakes(basename(path, '.case').replaceAll('-', ' '), async () => {
    const [text = '', expected = ''] = readFileSync(path, 'utf8').split(`${divider}\n`);
    const printed = await read(text);
    assert.is.not(printed, 'no problems\n');
    if (process.env['UPDATE']) writeFileSync(path, `${text}${divider}\n${printed}`);
    else assert.fixture(printed, expected);
  });
}

mistakes('are of many kinds, each with its own code', () => {
  assert.ok(seen.size >= 45, `${seen.size} codes: ${[...seen].sort().join(' ')}`);
});

mistakes.run();
