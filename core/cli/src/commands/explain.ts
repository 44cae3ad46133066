import { createMixer, type Decision, type RuleExplanation, silentLog } from '@krater/mixer';
import { dryHost } from '../adapters/dry-host.ts';
import { reportsNothing } from '../adapters/dry-reports.ts';
import type { Action } from '../command.ts';
import { engineOptions, readConfiguration } from '../configuration.ts';
import { type AttributeOptions, requestBag } from '../request-attributes.ts';
import { exit } from '../terminal.ts';

interface Options extends AttributeOptions {
  readonly namespace?: string;
}

/**
 * `krater explain DIR -a …`: which rules were considered, what their matches came to and why, and the decision. It is
 * made by an engine of its own, which opens no port, writes no log and counts no quota of a running krater.
 */
export const explain: Action<Options> = async (terminal, [dir = '.'], options) => {
  const engine = engineOptions(dir, await readConfiguration(dir));
  const mixer = await createMixer({
    ...engine,
    adapters: reportsNothing(engine.adapters),
    isolation: dryHost,
    log: silentLog,
  });
  try {
    const bag = requestBag(mixer.vocabulary, options);
    const scope = options.namespace === undefined ? {} : { namespace: options.namespace };
    const explained = await mixer.explain(bag, scope);
    const { references, ...decision } = await mixer.check(bag, scope);
    const rules = explained.rules.map(rule => withAsked(rule, decision.answers));
    terminal.tell(
      { rules, decision },
      `${rules.map(formatRule).join('\n')}\n\n${formatDecision({ references, ...decision })}`,
    );
    return decision.status.code === 'OK' ? exit.fine : exit.no;
  } finally {
    await mixer.close();
  }
};

/** A handler that cannot be asked dry has been asked all the same, where the decision needed its answer. */
function withAsked(rule: RuleExplanation, answers: Decision['answers']): RuleExplanation {
  const handlers = rule.handlers.map(asked => {
    if (!asked.answer.startsWith('not asked')) return asked;
    const found = answers.find(
      it => it.rule === rule.rule && it.handler === asked.handler && it.instance === asked.instance,
    );
    if (found === undefined) return asked;
    const { code, message } = found.status;
    const said = code === 'OK' ? 'allows' : `${found.failed ? 'failed' : 'refuses'} with ${code}: ${message}`;
    return { ...asked, answer: `asked by the decision below: ${said}` };
  });
  return { ...rule, handlers };
}

function formatRule({ rule, place, match, value, reason, handlers }: RuleExplanation): string {
  const verdict =
    value === true ? 'matches' : value === false ? 'does not match' : 'unknown, so it does not match';
  return [
    `${rule} (${place}): ${verdict}`,
    `  match: ${match}`,
    ...(reason === undefined ? [] : [`  because: ${reason}`]),
    ...handlers.map(({ handler, instance, answer }) => `  ${handler} on ${instance}: ${answer}`),
  ].join('\n');
}

function formatDecision({ status, answers, charges, requestHeaders, responseHeaders }: Decision): string {
  const verdict =
    status.code === 'OK' ? 'decision: allowed' : `decision: refused with ${status.code}: ${status.message}`;
  const refused = answers.find(answer => answer.status.code !== 'OK');
  const lines = [verdict];
  if (refused !== undefined) lines.push(`  by ${refused.handler} of ${refused.rule}`);
  for (const { quota, amount, handler } of charges)
    lines.push(`  charges ${amount} of ${quota} at ${handler}`);
  for (const [side, operations] of [
    ['request', requestHeaders],
    ['response', responseHeaders],
  ] as const) {
    for (const { operation, name, value } of operations)
      lines.push(`  ${side} header: ${operation} ${name} ${value}`.trimEnd());
  }
  return lines.join('\n');
}
