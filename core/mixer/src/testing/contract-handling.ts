import assert from 'node:assert/strict';
import type { CheckResult } from '../result.ts';
import { quotaAnswerProblem } from '../runtime/answer.ts';
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
        const extremes = samples.map(({ template, instance: { name } }) => ({
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
        for (const sample of samples) await compareWithTwin(trial, sample);
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

/** One handler explains before it answers, its twin only answers: nobody may be able to tell them apart. */
async function compareWithTwin(trial: Trial, { template, instance }: Sample): Promise<void> {
  const peeks = template.variety === 'quota';
  await trial.living(async (handler, env) => {
    const explain = peeks
      ? handler[template.name]
      : (handler['explain'] as Handler | undefined)?.[template.name];
    if (typeof explain !== 'function' || typeof handler[template.name] !== 'function') return;
    const before = traces(env);
    for (let time = 0; time < 3; time++) {
      const args = peeks ? [instance, peek, fakeContext(env)] : [instance, fakeContext(env)];
      const said: unknown = await (explain as (...args: unknown[]) => unknown)(...args);
      const problem = peeks ? quotaAnswerProblem(said, peek) : checkProblem(said, template);
      if (template.variety !== 'attributes' && !peeks)
        assert.equal(problem, undefined, `explain.${template.name} ${problem}`);
    }
    assert.deepEqual(traces(env), before, `explaining ${template.name} left its traces`);
    const answers = await codesOf(trial, handler, env, { template, instance });
    await trial.living(async (twin, twinEnv) => {
      const expected = await codesOf(trial, twin, twinEnv, { template, instance });
      assert.deepEqual(answers, expected, `having explained ${template.name} changes its answers`);
    });
  });
}

const peek = { amount: 0, bestEffort: false, dedupId: '' };

/** What others could see of a handler's doings. */
function traces(env: FakeEnv) {
  const { changes, logged } = env;
  return { changes, logged: logged.length, measured: Object.fromEntries(env.measured), open: env.open() };
}

async function codesOf(trial: Trial, handler: Handler, env: FakeEnv, sample: Sample) {
  const answers = await trial.askAll(handler, env, [sample]);
  return answers.map(({ answer, failure }) => {
    const { status, granted } = (answer ?? {}) as { status?: { code: string }; granted?: number };
    return [status?.code, granted, failure];
  });
}
