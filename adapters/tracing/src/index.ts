import { type BaseEnv, defineAdapter, type InstanceShape, type ValueType } from '@krater/mixer';
import { tracespan } from '@krater/templates';
import type { Resource } from '@opentelemetry/resources';
import { createCollector } from './collector.ts';
import { checkConfig, config } from './config.ts';
import { plainTag, type SpanOptions, spanOf } from './span.ts';
import { SpanSender } from './span-sender.ts';

/** How long closing waits for the collector, in milliseconds. */
const patience = 2_000;
const mostServices = 10_000;

export default defineAdapter({
  name: 'tracing',
  summary: 'finished spans to an OTLP or Zipkin collector',
  templates: [tracespan],
  config,
  check: checkConfig,

  async create(config, env) {
    const { resourceFromAttributes } = await import('@opentelemetry/resources');
    const collector = await createCollector(config, env);
    const sender = new SpanSender(collector, { ...config.batch, timeout: config.timeout }, env);
    const options: SpanOptions = {
      resourceOf: resources(name => resourceFromAttributes({ 'service.name': name })),
      tagWriters: new Map(env.instances.map(shape => [shape.name, tagWritersOf(shape)])),
    };
    const warnOnce = malformedWarning(env);
    return {
      tracespan(instances) {
        for (const instance of instances) {
          const span = spanOf(instance, options);
          if (span === undefined) warnOnce(instance.name);
          sender.offer(span);
        }
      },
      async close() {
        await sender.close(patience);
        if (sender.totals.lost > 0) env.log.warn('spans were lost', sender.totals);
      },
    };
  },
});

/** One resource per service, because the serializer groups spans by the identity of their resource. */
function resources(make: (service: string) => Resource): (service: string) => Resource {
  const resourceByService = new Map<string, Resource>();
  return service => {
    const known = resourceByService.get(service);
    if (known !== undefined) return known;
    if (resourceByService.size >= mostServices) resourceByService.clear();
    const made = make(service);
    resourceByService.set(service, made);
    return made;
  };
}

/** Durations become seconds and timestamps RFC 3339; everything else stays what it is. */
function tagWritersOf({ types }: InstanceShape): Map<string, typeof plainTag> {
  const writers = new Map<string, typeof plainTag>();
  for (const [tag, type] of Object.entries(
    (types['span_tags'] ?? {}) as { readonly [tag: string]: ValueType },
  )) {
    if (type === 'DURATION')
      writers.set(tag, value => (typeof value === 'number' ? value / 1e6 : plainTag(value)));
    if (type === 'TIMESTAMP') writers.set(tag, value => momentText(value) ?? plainTag(value));
  }
  return writers;
}

function momentText(microseconds: unknown): string | undefined {
  if (typeof microseconds !== 'number' || !(Math.abs(microseconds) < 8.64e18)) return undefined;
  return new Date(microseconds / 1e3).toISOString();
}

function malformedWarning(env: BaseEnv): (instance: string) => void {
  let warned = false;
  return instance => {
    if (warned) return;
    warned = true;
    env.log.warn('a span has no valid ids or times, and is lost', { instance });
  };
}
