import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { krater, startKrater, stopAll } from './krater.ts';
import { temporaryFolder } from './temporary.ts';

const test = suite('krater adapters dev');
test.after(stopAll);

const source = readFileSync(new URL('./fixtures/shout.ts', import.meta.url), 'utf8').replace(
  "import { listentry, reportnothing } from '@krater/templates';",
  "import { listentry, reportnothing } from '@krater/templates';\nimport { word } from './word.ts';",
);
const rules = `apiVersion: krater.dev/v1
kind: Rule
metadata: { name: louder }
spec:
  match: "true"
  actions:
  - handler: { adapter: shout, params: { loudness: 4 } }
    instances:
    - { name: user, template: listentry, params: { value: 'request.headers["user"]' } }
    - { name: told, template: reportnothing }
`;

const desk = (more: Readonly<Record<string, string>> = {}) =>
  temporaryFolder({
    'src/index.ts': source.replace('too quiet`', `$\{word}\``),
    'src/word.ts': "export const word = 'too quiet';\n",
    'dev/rules.yaml': rules,
    'dev/requests.jsonl': '// who asks\n{"request.headers": {"user": "zoe"}}\n',
    ...more,
  });

test('sends each request once, and prints what the adapter receives and answers', async () => {
  const { code, stdout } = await krater(['adapters', 'dev', '--once'], { cwd: desk() });
  assert.is(code, 0);
  assert.match(stdout, /^ready: shout serves listentry, reportnothing; rules in dev\n/);
  assert.match(stdout, '\nlistentry user <- {"value":"zoe"}\n');
  assert.match(
    stdout,
    '\nlistentry user -> refuses with PERMISSION_DENIED: "zoe" is too quiet; good for 1s\n',
  );
  assert.match(stdout, '\ndecision: refused with PERMISSION_DENIED: "zoe" is too quiet\n');
  assert.match(stdout, '\nreportnothing told <- {}\n');
});

test('takes every save of the source, of a file it imports, of the rules and of the requests', async () => {
  const folder = desk();
  const dev = startKrater(['adapters', 'dev', '--every', '20ms', '--format', 'json'], { cwd: folder });
  const answered = (text: string) =>
    dev.event(({ event, answer }) => event === 'answered' && JSON.stringify(answer).includes(text));
  await answered('too quiet');
  writeFileSync(join(folder, 'src/word.ts'), "export const word = 'not loud';\n");
  await answered('not loud');
  writeFileSync(join(folder, 'src/index.ts'), source.replace('is too quiet`', 'whispers`'));
  await answered('whispers');
  writeFileSync(join(folder, 'dev/rules.yaml'), rules.replace('loudness: 4', 'loudness: 3'));
  await answered('"OK"');
  writeFileSync(join(folder, 'dev/requests.jsonl'), '{"request.headers": {"user": "ed"}}\n');
  await answered('"ed\\" whispers');
  dev.kill('SIGINT');
  assert.is((await dev.ended).code, 0);
});

test('tells a mistake in the source or in the rules with its place, and goes on with what ran before', async () => {
  const folder = desk({ 'src/word.ts': 'export const word = ;\n' });
  const dev = startKrater(['adapters', 'dev', '--every', '20ms', '--format', 'json'], { cwd: folder });
  const failed = (code: string) =>
    dev.event(it => (it['error'] as { code?: string } | undefined)?.code === code);
  assert.match(JSON.stringify(await failed('ADAPTER_LOAD_FAILED')), 'word.ts:1');
  writeFileSync(join(folder, 'src/word.ts'), "export const word = 'fine';\n");
  await dev.event(({ event }) => event === 'answered');
  writeFileSync(join(folder, 'dev/rules.yaml'), rules.replace('loudness', 'loudnes'));
  const { problem } = await dev.event(it => it['problem'] !== undefined);
  assert.match(JSON.stringify(problem), 'loudnes');
  const before = dev.events.length;
  await dev.event(it => it.event === 'answered' && dev.events.indexOf(it) > before);
  dev.kill('SIGTERM');
  assert.is((await dev.ended).code, 0);
});

test('says what is missing', async () => {
  const { code, stderr } = await krater(['adapters', 'dev'], { cwd: temporaryFolder() });
  assert.is(code, 2);
  assert.match(stderr, /CLI_UNREADABLE_FILE there is no "src\/index.ts"[\s\S]*krater adapters dev FILE/);
});

test.run();
