import assert from 'node:assert/strict';
import { z } from 'zod';
import { type AnyAdapter, contractVersion } from '../adapter.ts';
import type { ContractCase } from './contract.ts';
import type { Trial, TrialOptions } from './trial.ts';

/** What the adapter says of itself, before anything runs. */
export function declarationCases(
  adapter: AnyAdapter,
  trial: Trial,
  options: TrialOptions,
): readonly ContractCase[] {
  const { templates } = trial;
  return [
    {
      name: 'declares itself for a supported contract version',
      async run() {
        assert.match(adapter.name, /^[a-z][a-z0-9-]*$/);
        assert.ok(adapter.summary.length > 0, 'summary is empty');
        assert.ok(
          [contractVersion, contractVersion - 1].includes(adapter.contract),
          `contract ${adapter.contract} is not supported`,
        );
        assert.ok(templates.length > 0, 'serves no template');
        const names = new Set(templates.map(({ name }) => name));
        assert.equal(names.size, templates.length, 'lists a template twice');
      },
    },
    {
      name: 'has defaults that parse, or says what is missing',
      async run() {
        const result = adapter.config.safeParse({});
        if (result.success) return checkDefaults(adapter.config, result.data);
        const silent = result.error.issues.filter(({ message }) => message === '');
        assert.equal(silent.length, 0, 'an issue has no message');
      },
    },
    {
      name: 'refuses unknown parameters',
      async run() {
        const config = { ...((options.config ?? {}) as object), 'no such parameter': 1 };
        assert.ok(!adapter.config.safeParse(config).success, 'use z.strictObject');
      },
    },
    {
      name: 'describes its configuration as JSON Schema',
      async run() {
        JSON.stringify(z.toJSONSchema(adapter.config, { io: 'input' }));
      },
    },
    {
      name: 'accepts its sample configuration',
      async run() {
        const problems: string[] = [];
        adapter.check?.(
          trial.parsed(),
          (path, message) => void problems.push(`${path.join('.')}: ${message}`),
        );
        assert.deepEqual(problems, []);
      },
    },
  ];
}

/** A default of the wrong type (`duration().default('60s')`) parses, but cannot be turned back into what an operator writes. */
function checkDefaults(config: z.ZodType, defaults: unknown): void {
  let written: unknown;
  try {
    written = z.encode(config, defaults);
  } catch (error) {
    if ((error as Error).constructor.name === 'ZodEncodeError') return;
    throw new assert.AssertionError({
      message: `a default has the wrong type (use .prefault for durations): ${(error as Error).message}`,
    });
  }
  assert.deepEqual(config.parse(written), defaults, 'the defaults do not survive being written and read');
}
