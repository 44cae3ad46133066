import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import type { CheckResult } from '../result.ts';
import type { Template } from '../template.ts';
import { type Answered, checkProblem, fakeContext, patience, startCalls, within } from './call.ts';
import type { ContractCase } from './contract.ts';
import type { FakeEnv } from './fake-env.ts';
import { extremeInstance } from './sample.ts';
import { createdInTime, neverAnswers, startSilence } from './silence.ts';
import { closeHandler, type Handler, type Sample, type Trial, type TrialOptions } from './trial.ts';

/** How its handlers answer. */
export function handlingCases(trial: Trial, options: TrialOptions): readonly ContractCase[] {
  const { templates, samples } = trial;
  const checks = samples.filter(({ template }) => template.variety === 'check');
  return [
    {
      name: 'serves every template that it lists, and no other',
      async run() {
        await using env = await trial.environment();
        const handler = await trial.create(env);
        try {
          checkNames(handler, templates);
        } finally {
          await closeHandler(handler).catch(() => {});
        }
      },
    },
    {
      name: 'gives well-formed answers',
      run: () =>
        trial.living(async (handler, env) => {
          for (const { told, problem } of await trial.askAll(handler, env))
            assert.equal(problem, undefined, `${told}: the handler ${problem}`);
        }),
    },
    {
      name: 'survives empty and extreme instances',
      async run() {
        const survive = async (handler: Handler, env: FakeEnv, asked: readonly Sample[]) => {
          for (const { told, failure } of await trial.askAll(handler, env, asked))
            assert.equal(failure, undefined, `${told}: the handler ${failure}; only bugs throw`);
        };
        await trial.living((handler, env) => survive(handler, env, samples));
        const names = new Map(
          samples.map(sample => [`${sample.template.name} ${sample.instance.name}`, sample]),
        );
        const extremes = [...names.values()].map(({ template, instance: { name } }) => ({
          template,
          instance: extremeInstance(template, name),
        }));
        await trial.living((handler, env) => survive(handler, env, extremes), extremes);
      },
    },
    {
      name: 'states a validity where it has state',
      run: () =>
        trial.living(async (handler, env) => {
          const first = await trial.askAll(handler, env, checks);
          const again = await trial.askAll(handler, env, checks);
          await env.clock.advance(3_600_000, { wait: false });
          const later = await trial.askAll(handler, env, checks);
          const state = stateOf(env, [first, again, later]);
          if (state === undefined) return;
          for (const { told, answer } of first) {
            const { validity } = (answer ?? {}) as Partial<CheckResult>;
            const stated = answer === undefined || validity !== undefined;
            assert.ok(
              stated,
              `${told}: the handler has state (${state}), so its answers must state a validity`,
            );
          }
        }),
    },
    {
      name: 'explains without side effects',
      async run() {
        for (const sample of samples) await compareExplained(trial, sample);
      },
    },
    {
      name: 'gives up when its signal is aborted, however slow its backend',
      async run() {
        await using silence = await startSilence();
        await using env = await trial.environment({ fetch: neverAnswers });
        const config = trial.parsed(options.slow?.(silence.address) ?? options.config);
        const handler = await createdInTime(trial.create(env, config), env).catch(() => undefined);
        if (handler === undefined) return;
        const caller = new AbortController();
        const served = samples.filter(({ template }) => typeof handler[template.name] === 'function');
        const calls = Promise.allSettled(
          served.flatMap(({ template, instance }) =>
            startCalls(handler, template, instance, env, caller.signal),
          ),
        );
        await env.clock.advance(50, { wait: false });
        caller.abort(new Error('the deadline has passed'));
        const settled = await within(patience, calls);
        // Whatever still waits is let go, so that this case leaves nothing to the next.
        await env.close();
        await within(
          patience,
          closeHandler(handler).catch(() => {}),
        );
        assert.ok(
          settled,
          'a call goes on after its signal was aborted: pass context.signal to what it waits for',
        );
      },
    },
  ];
}

function checkNames(handler: Handler, templates: readonly Template[]): void {
  const names = templates.map(({ name }) => name);
  for (const name of names)
    assert.equal(typeof handler[name], 'function', `create() returns no function for template "${name}"`);
  const surplus = Object.keys(handler).filter(name => ![...names, 'close', 'explain'].includes(name));
  assert.deepEqual(surplus, [], 'create() returns what is not in templates');
  const explained = Object.keys((handler['explain'] ?? {}) as object);
  assert.deepEqual(
    explained.filter(name => !names.includes(name)),
    [],
    'explain has what is not in templates',
  );
}

/** What makes a handler one with state, as far as it can be seen. */
function stateOf(env: FakeEnv, rounds: readonly (readonly Answered[])[]): string | undefined {
  const used = ['changed', 'timers', 'keep'].filter(use => env.used.has(use as 'keep'));
  if (used.length > 0) return `it uses ${used.join(', ')}`;
  const [first, ...others] = rounds.map(round =>
    round.map(({ answer }) => (answer as Partial<CheckResult> | undefined)?.status?.code).join(),
  );
  return others.every(codes => codes === first) ? undefined : 'it answers the same instance in two ways';
}

/** How often handlers are compared that differ: a window of a shared backend may have passed between them. */
const comparisons = 3;

/**
 * One handler explains before it answers, others only answer: nobody may be able to tell them apart. Where those others
 * differ from one another, a backend remembers, and nothing is known.
 */
async function compareExplained(trial: Trial, sample: Sample): Promise<void> {
  for (let time = 1; ; time++) {
    const explained = await codesOf(trial, sample, explainThrice);
    if (explained === undefined) return;
    const [one, other] = [await codesOf(trial, sample), await codesOf(trial, sample)];
    if (!isDeepStrictEqual(one, other) || isDeepStrictEqual(explained, one)) return;
    const message = `having explained ${sample.template.name} changes its answers`;
    if (time === comparisons) assert.deepEqual(explained, one, message);
  }
}

type Explaining = (handler: Handler, env: FakeEnv, sample: Sample) => Promise<boolean>;

/** What a new handler answers, after it has explained; undefined where it explains nothing. */
async function codesOf(trial: Trial, sample: Sample, explain: Explaining = async () => true) {
  let codes: readonly unknown[] | undefined;
  await trial.living(async (handler, env) => {
    if (typeof handler[sample.template.name] !== 'function') return;
    if (!(await explain(handler, env, sample))) return;
    const answers = await trial.askAll(handler, env, [sample]);
    codes = answers.map(({ answer, failure }) => {
      const { status, granted } = (answer ?? {}) as { status?: { code: string }; granted?: number };
      return [status?.code, granted, failure];
    });
  });
  return codes;
}

const explainThrice: Explaining = async (handler, env, { template, instance }) => {
  const peeks = template.variety === 'quota';
  const explain = peeks
    ? handler[template.name]
    : (handler['explain'] as Handler | undefined)?.[template.name];
  if (typeof explain !== 'function') return false;
  const before = traces(env);
  for (let time = 0; time < 3; time++) {
    const args = peeks ? [instance, peek, fakeContext(env)] : [instance, fakeContext(env)];
    const said: unknown = await (explain as (...args: unknown[]) => unknown)(...args);
    const problem = template.variety === 'check' ? checkProblem(said, template) : undefined;
    assert.equal(problem, undefined, `explain.${template.name} ${problem}`);
  }
  // A peek is a call like any other, and may be counted as one.
  if (!peeks) assert.deepEqual(traces(env), before, `explaining ${template.name} left its traces`);
  return true;
};

const peek = { amount: 0, bestEffort: false, dedupId: '' };

/** What others could see of a handler's doings. */
function traces(env: FakeEnv) {
  const { changes, logged } = env;
  return { changes, logged: logged.length, measured: Object.fromEntries(env.measured), open: env.open() };
}
