import { type BaseEnv, defineAdapter } from '@krater/mixer';
import { BatchSender } from '@krater/mixer/telemetry';
import { tracespan } from '@krater/templates';
import type { Resource } from '@opentelemetry/resources';
import { createCollector } from './collector.ts';
import { checkConfig, config } from './config.ts';
import { type SpanOptions, spanOf, type TagTypes } from './span.ts';

/** How long closing waits for the collector, in milliseconds. */
const patience = 2_000;
const mostServices = 10_000;
const names = { prefix: 'tracing', records: 'spans', destination: 'the trace collector' };

export default defineAdapter({
  name: 'tracing',
  summary: 'finished spans to an OTLP or Zipkin collector',
  templates: [tracespan],
  config,
  check: checkConfig,

  async create(config, env) {
    const { resourceFromAttributes } = await import('@opentelemetry/resources');
    const collector = await createCollector(config, env);
    const sender = new BatchSender(collector, { ...config.batch, timeout: config.timeout }, names, env);
    const options: SpanOptions = {
      resourceOf: resources(name => resourceFromAttributes({ 'service.name': name })),
      tagTypes: new Map(
        env.instances.map(({ name, types }) => [name, (types['span_tags'] ?? {}) as TagTypes]),
      ),
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
      close: () => sender.close(patience),
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

function malformedWarning(env: BaseEnv): (instance: string) => void {
  let warned = false;
  return instance => {
    if (warned) return;
    warned = true;
    env.log.warn('a span has no valid ids or times, and is lost', { instance });
  };
}
