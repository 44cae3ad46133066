import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  Bag,
  type CheckOptions,
  createMixer,
  type KraterError,
  type Mixer,
  standardVocabulary,
} from '../../src/index.ts';
import { recordedLog } from '../../src/testing/index.ts';
import { checks, configured, rule } from './configured.ts';
import { Probes, probeAdapter } from './probe.ts';

const test = suite('what a Mixer is called with');

const probe = probeAdapter(new Probes());
const create = createMixer as (options?: unknown) => Promise<Mixer>;

async function refusal(run: () => unknown): Promise<KraterError> {
  try {
    await run();
  } catch (error) {
    const { code, message } = error as KraterError;
    assert.is(code, 'MIXER_BAD_ARGUMENT', message);
    return error as KraterError;
  }
  return assert.unreachable('nothing was refused') as never;
}

const wrongOptions: readonly (readonly [unknown, message: string, hint?: string])[] = [
  [undefined, 'createMixer() takes an object of options, found undefined', 'createMixer({ config'],
  ['yaml', 'createMixer() takes an object of options, found "yaml"'],
  [{}, 'createMixer() takes as config YAML text, or a list of files { path, text }, found undefined'],
  [{ config: 5 }, 'as config YAML text, or a list of files { path, text }, found 5'],
  [{ config: [{ path: 'a' }], adapters: [] }, 'files { path, text }, found a list'],
  [{ config: '' }, 'as adapters a list of adapters, or a resolver { resolve(name, from) }, found undefined'],
  [{ config: '', adaptors: [probe] }, 'has no option "adaptors"', 'did you mean "adapters"?'],
  [{ config: '', adapters: probe }, 'found an object of name, '],
  [
    { config: '', adapters: [probe, {}] },
    'takes as adapters[1] an adapter, found an empty object',
    'defineAdapter()',
  ],
  [{ config: '', adapters: ['denier'] }, 'takes as adapters[0] an adapter, found "denier"'],
  [{ config: '', adapters: [{ default: probe }] }, 'found an object of default', 'pass the default export'],
  [{ config: '', adapters: [], checkDeadline: '1s' }, 'as checkDeadline milliseconds above 0, found "1s"'],
  [{ config: '', adapters: [], handlerDeadline: 0 }, 'found 0'],
  [{ config: '', adapters: [], keepDecisions: -1 }, 'as keepDecisions a whole number, 0 or more, found -1'],
  [{ config: '', adapters: [], log: console.log }, 'the methods debug, info, warn, error, found a function'],
  [{ config: '', adapters: [], clock: Date }, 'the method'],
  [
    { config: '', adapters: [], listeners: ['inbound'] },
    'as listeners a list of { name, supplies }, found a list',
  ],
  [{ config: '', adapters: [], strict: 'yes' }, 'as strict true or false, found "yes"'],
];

for (const [options, message, hint] of wrongOptions) {
  test(`refuses options: ${message}`, async () => {
    const error = await refusal(() => create(options));
    assert.match(error.message, message);
    if (hint !== undefined) assert.match(error.hint ?? '', hint);
  });
}

test('takes options that are left undefined', async () => {
  await (
    await create({ config: '', adapters: [], log: undefined, node: undefined, strict: undefined })
  ).close();
});

const wrongCalls: readonly (readonly [string, (mixer: Mixer) => unknown, message: string])[] = [
  ['a check of nothing', mixer => mixer.check(undefined as never), 'takes a bag, found undefined'],
  ['a check of no bag', mixer => mixer.check({} as never), 'takes a bag, found an empty object'],
  [
    'a check of a record',
    mixer => mixer.check({ 'request.path': '/' } as never),
    'an object of request.path',
  ],
  [
    'a check with a namespace for options',
    mixer => mixer.check(mixer.bag(), 'shop' as never),
    'found "shop"',
  ],
  [
    'a check with no options',
    mixer => mixer.check(mixer.bag(), null as never),
    'options are an object, found null',
  ],
  [
    'a quota that is a number',
    mixer => mixer.check(mixer.bag(), { quotas: { r: 1 } } as never),
    'quotas are',
  ],
  ['an explanation of no bag', mixer => mixer.explain('bag' as never), 'takes a bag, found "bag"'],
  ['a report of one bag', mixer => mixer.report(mixer.bag() as never), 'report() takes a list of bags'],
  ['a report of no bags', mixer => mixer.report([{}] as never), 'takes a bag, found an empty object'],
  ['a reload of nothing', mixer => mixer.reload(5 as never), 'reload() takes YAML text'],
];

for (const [what, call, message] of wrongCalls) {
  test(`refuses ${what}, and waits for it at no close`, async () => {
    const log = recordedLog();
    const { mixer } = await configured(rule('r', `match: true\nactions:\n${checks('a')}`), { log });
    const error = await refusal(() => call(mixer));
    assert.match(error.message, message);
    await mixer.close();
    assert.equal(log.entries, []);
  });
}

test('takes bags of another copy of this package', async () => {
  const { mixer, probes } = await configured(
    rule('r', `match: request.path == "/x"\nactions:\n${checks('a')}`),
  );
  const { vocabulary, values } = new Bag(standardVocabulary).put('request.path', '/x');
  const { declarations } = vocabulary;
  const options: CheckOptions = {};
  await mixer.check({ vocabulary: { declarations }, values } as never, options);
  assert.is(probes.checked.length, 1);
  await mixer.close();
});

test.run();
