import { pathToFileURL } from 'node:url';
import type { AdapterResolver, OfferedServices } from '@krater/mixer';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { offeredServices } from '../src/loading/index.ts';
import { ask, asking, eventually, fileResolver, fixtures, health, isolatedMixer } from './isolated-mixer.ts';

const test = suite("an operator's own services");

const offered = async (file: string, revision = 0) => {
  const url = pathToFileURL(`${fixtures}${file}`).href;
  const services = offeredServices(await import(url));
  const module = { url, root: pathToFileURL(fixtures).href, revision };
  return { services, origin: file, module } satisfies OfferedServices;
};

const greeting = (mode: string, services = ', services: { greeting: operators-greeting.ts }') =>
  asking({ greet: `{ adapter: greeting, isolation: { mode: ${mode} }${services} }` });

for (const [mode, place] of [
  ['inline', new RegExp(`process ${process.pid}$`)],
  ['worker', /a thread$/],
  ['process', new RegExp(`process (?!${process.pid}$)\\d+$`)],
] as const) {
  test(`take the place of the package's where the handler runs: ${mode}`, async () => {
    const adapters: AdapterResolver = { ...fileResolver, services: name => offered(name) };
    await using world = await isolatedMixer(greeting(mode), { adapters });
    const { mixer, log } = world;
    assert.match(await ask(mixer, 'greet', 'ada'), /^PERMISSION_DENIED good day, ada, from /);
    assert.match(await ask(mixer, 'greet', 'ada'), place);
    assert.ok(await eventually(() => log.entries.some(({ message }) => message === 'the service was made')));

    await mixer.reload(greeting(mode, ''));
    assert.is(await ask(mixer, 'greet', 'ada'), 'PERMISSION_DENIED hello, ada');
  });

  test(`are made anew from a file that has changed: ${mode}`, async () => {
    let revision = 0;
    const adapters: AdapterResolver = { ...fileResolver, services: name => offered(name, revision) };
    await using world = await isolatedMixer(greeting(mode), { adapters });
    const unchanged = await world.mixer.reload(greeting(mode));
    assert.equal(unchanged.carriedOver, ['istio-system/greet']);
    revision = 1;
    const changed = await world.mixer.reload(greeting(mode));
    assert.equal(changed.created, ['istio-system/greet']);
    assert.match(await ask(world.mixer, 'greet', 'ada'), place);
  });
}

test('that their file no longer offers refuse the configuration, and the one before goes on', async () => {
  let file = 'operators-greeting.ts';
  const adapters: AdapterResolver = {
    ...fileResolver,
    services: async name => ({ ...(await offered(name)), module: (await offered(file, file.length)).module }),
  };
  await using world = await isolatedMixer(greeting('worker'), { adapters });
  file = 'probe.ts';
  const { accepted, problems } = await world.mixer.reload(greeting('worker'));
  assert.not(accepted);
  assert.match(problems[0]?.message ?? '', 'service "greeting" is not to be had where it runs');
  assert.match(await ask(world.mixer, 'greet', 'ada'), /good day, ada, from a thread$/);
  assert.is(health(world.mixer, 'greet').state, 'ready');
});

test.run();
