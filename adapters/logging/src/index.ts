import { type BaseEnv, defineAdapter, type InstanceShape, KraterError } from '@krater/mixer';
import { levels, masking, severityMapping } from '@krater/mixer/telemetry';
import { logentry } from '@krater/templates';
import { Account } from './account.ts';
import type { Code } from './codes.ts';
import { type Config, checkConfig, config } from './config.ts';
import { jsonLineWriter, type LineWriter, textLineWriter } from './line.ts';
import { logSinks, logSinksToken } from './log-sinks.ts';
import { Recorder } from './recorder.ts';

/** How long closing waits for a sink, in milliseconds. */
const patience = 2_000;

interface Writers {
  readonly line: LineWriter;
  readonly json: LineWriter;
}

export default defineAdapter({
  name: 'logging',
  summary: 'log entries to the console, to files and to winston transports',
  templates: [logentry],
  config,
  check: checkConfig,
  needs: { sinks: logSinksToken },
  services: [logSinks],

  async create(config, env) {
    const writersByInstance = writersOf(config, env.instances);
    const lease = env.keep(
      `sink ${JSON.stringify(config.sink)}`,
      () => env.sinks.lease(env.handler, config.sink),
      kept => kept.release(),
    );
    const sink = await lease.sink;
    sink.sink.recheck();
    const account = openAccount(config, env);
    const recorder = new Recorder(account, sink, env.timers, config.flush);
    const levelOf = severityMapping(config.severities);
    const least = levels.indexOf(config.level);
    return {
      logentry(instances) {
        const now = env.clock.now() * 1e3;
        for (const instance of instances) {
          const level = levelOf(instance.severity);
          const writers = writersByInstance.get(instance.name);
          if (writers === undefined || levels.indexOf(level) < least) continue;
          const line = writers.line(instance, level, now);
          if (sink.kind === 'lines') recorder.line(line);
          else
            recorder.entry({
              line,
              level,
              instance: instance.name,
              json: () => writers.json(instance, level, now),
            });
        }
      },
      async close() {
        await recorder.close(patience);
        const { produced, acknowledged, lost } = account;
        if (lost > 0) env.log.warn('log entries were lost', { produced, acknowledged, lost });
      },
    };
  },
});

function openAccount({ queue }: Config, env: BaseEnv): Account {
  const acknowledged = env.metrics.counter(
    'logging_acknowledged_total',
    'log entries that the sink has taken',
  );
  const lost = env.metrics.counter(
    'logging_lost_total',
    'log entries that were dropped or could not be written',
  );
  return new Account(queue, {
    acknowledged: records => acknowledged.add(records),
    lost: records => lost.add(records),
  });
}

function writersOf(
  { format, durations, mask, fields }: Config,
  shapes: readonly InstanceShape[],
): Map<string, Writers> {
  const isMasked = masking(mask);
  const names = shapes.map(({ name }) => `"${name}"`).join(', ') || 'none';
  for (const name of Object.keys(fields)) {
    if (shapes.some(shape => shape.name === name)) continue;
    refuse(
      'LOGGING_UNKNOWN_INSTANCE',
      `fields names instance "${name}", which no rule sends here; sent are ${names}`,
      'correct the name in fields',
      ['fields', name],
    );
  }
  const writersByInstance = new Map<string, Writers>();
  for (const shape of shapes) {
    const selected = fields[shape.name];
    const known = Object.keys(shape.types['variables'] ?? {});
    for (const [position, field] of (selected ?? []).entries()) {
      if (known.includes(field)) continue;
      const message = `fields of instance "${shape.name}" lists "${field}", which is none of its variables: ${known.join(', ') || 'none'}`;
      refuse('LOGGING_UNKNOWN_FIELD', message, `add to the instance: variables: { ${field}: … }`, [
        'fields',
        shape.name,
        position,
      ]);
    }
    const options = { durations, isMasked, fields: selected };
    const json = jsonLineWriter(shape, options);
    writersByInstance.set(shape.name, {
      json,
      line: format === 'json' ? json : textLineWriter(shape, options),
    });
  }
  return writersByInstance;
}

function refuse(code: Code, message: string, hint: string, path: readonly (string | number)[]): never {
  throw new KraterError(code, message, { hint, path });
}
