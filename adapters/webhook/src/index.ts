import { type CallContext, defineAdapter, lasting, stringMap } from '@krater/mixer';
import {
  authentication,
  authorization,
  checknothing,
  listentry,
  logentry,
  lookup,
  metric,
  quota,
  reportnothing,
  tracespan,
} from '@krater/templates';
import { checkAnswer, checkResult, lookupAnswer, quotaAnswer, quotaResult, validityOf } from './answer.ts';
import { Asker } from './asker.ts';
import { checkConfig, config } from './config.ts';
import { createEndpoint } from './endpoint.ts';
import { InstanceWriter } from './instance-json.ts';
import { Outbox } from './outbox.ts';

/** How long closing waits for the service, in milliseconds. */
const patience = 2_000;

/** Asks an HTTP service what to answer, and tells it what happened. */
export default defineAdapter({
  name: 'webhook',
  summary: 'asks and tells any HTTP service, in JSON',
  templates: [
    authentication,
    authorization,
    checknothing,
    listentry,
    lookup,
    quota,
    logentry,
    metric,
    reportnothing,
    tracespan,
  ],
  config,
  check: checkConfig,

  async create(config, env) {
    const { handler } = env;
    const endpoint = await createEndpoint(config, env);
    const asker = new Asker(endpoint, config, env);
    const outbox = new Outbox(endpoint, config.batch, env);
    const writer = new InstanceWriter(env.instances);

    const check = (template: string) => async (instance: { readonly name: string }, context: CallContext) => {
      const question = writer.write(template, instance, { verb: 'check', handler });
      return checkResult(await asker.ask(question, checkAnswer, context), config.validity);
    };
    const tell = (template: string) => (instances: readonly { readonly name: string }[]) => {
      for (const instance of instances) outbox.offer(writer.write(template, instance));
    };
    return {
      authentication: check('authentication'),
      authorization: check('authorization'),
      checknothing: check('checknothing'),
      listentry: check('listentry'),
      async lookup(instance, context) {
        const question = writer.write('lookup', instance, { verb: 'attributes', handler });
        const { value, validity } = await asker.ask(question, lookupAnswer, context);
        return lasting({ value: stringMap(value) }, validityOf(validity, config.validity));
      },
      async quota(instance, request, context) {
        const question = writer.write('quota', instance, { verb: 'quota', handler, ...request });
        // Without an id to tell it by, the second question would be charged, too.
        const once = request.amount !== 0 && request.dedupId === '';
        return quotaResult(await asker.ask(question, quotaAnswer, context, { once }), request.amount);
      },
      logentry: tell('logentry'),
      metric: tell('metric'),
      reportnothing: tell('reportnothing'),
      tracespan: tell('tracespan'),
      async close() {
        await outbox.close(patience);
        await endpoint.close();
        if (outbox.totals.lost > 0) env.log.warn('reports were lost', outbox.totals);
      },
    };
  },
});
