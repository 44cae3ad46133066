import { defineAdapter } from '@krater/mixer';
import { BatchSender, masking, severityMapping } from '@krater/mixer/telemetry';
import { logentry } from '@krater/templates';
import { checkConfig, config } from './config.ts';
import type { Entry } from './entry.ts';

/** How long closing waits for the server, in milliseconds. */
const patience = 2_000;
const names = { prefix: 'fluentd', records: 'log entries', destination: 'the fluentd server' };

export default defineAdapter({
  name: 'fluentd',
  summary: 'log entries to Fluentd and Fluent Bit, by the forward protocol',
  templates: [logentry],
  config,
  check: checkConfig,

  async create(config, env) {
    const [{ Encoder }, { entryWriter }, { ForwardServer }] = await Promise.all([
      import('@msgpack/msgpack'),
      import('./entry.ts'),
      import('./forward-server.ts'),
    ]);
    const encoder = new Encoder({ useBigInt64: true });
    const isMasked = masking(config.mask);
    const writers = new Map(
      env.instances.map(shape => {
        const tag = config.tag.replaceAll('{instance}', shape.name.replace(/\s/g, '_'));
        return [shape.name, entryWriter(shape, tag, isMasked, encoder)];
      }),
    );
    const levelOf = severityMapping(config.severities);
    const server = new ForwardServer(config);
    const { size: queue, chunk: size, delay, timeout } = config.buffer;
    const policy = { weigh: ({ bytes }: Entry) => bytes.length, queue, size, delay, timeout };
    const sender = new BatchSender(server, policy, names, env);
    return {
      logentry(instances) {
        const now = env.clock.now() * 1e3;
        for (const instance of instances) {
          const write = writers.get(instance.name);
          if (write !== undefined) sender.offer(write(instance, levelOf(instance.severity), now));
        }
      },
      async close() {
        await sender.close(patience);
        server.close();
      },
    };
  },
});
