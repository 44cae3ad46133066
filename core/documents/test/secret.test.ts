import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { inspect } from 'node:util';
import { decode, formatProblems, processSecrets, Secret, type SecretSource, secret } from '@krater/documents';
import { DocumentReader } from '@krater/documents/reader';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';

const secrets = suite('a secret');

const schema = z.strictObject({ password: secret(), old: secret().optional(), port: z.number().optional() });
const none: SecretSource = { env: () => undefined, file: () => undefined };
const decoded = (spec: string, source: SecretSource, path = 'policy/a.yaml') => {
  const text = `apiVersion: krater.dev/v1\nkind: Rule\nmetadata: { name: a }\nspec: ${spec}\n`;
  const [document] = new DocumentReader({ apiVersions: ['krater.dev/v1'] }).read([{ path, text }]).documents;
  if (!document) throw new Error('not read');
  return decode(schema, document, ['spec'], undefined, { secrets: source });
};

secrets('comes from the environment', () => {
  const result = decoded('{ password: { env: PW } }', { ...none, env: name => `value of ${name}` });
  assert.is(result.ok && result.value.password.reveal(), 'value of PW');
});

secrets('comes from a file beside the configuration, without the line end at its end', () => {
  const result = decoded('{ password: { file: keys/pw } }', { ...none, file: path => `${path}\n` });
  assert.is(result.ok && result.value.password.reveal(), resolve('policy/keys/pw'));
  assert.equal(result.secretFiles, [resolve('policy/keys/pw')]);
});

secrets('is told which file was missing, so that its coming is noticed', () => {
  const result = decoded('{ password: { file: pw } }', none);
  assert.not.ok(result.ok);
  assert.equal(result.secretFiles, [resolve('policy/pw')]);
});

secrets('comes from this process where no other source is given', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'krater-secret-'));
  await writeFile(join(folder, 'pw'), 'hunter2\n');
  const result = decoded('{ password: { file: pw } }', processSecrets, join(folder, 'a.yaml'));
  assert.is(result.ok && result.value.password.reveal(), 'hunter2');
  await rm(folder, { recursive: true });
});

secrets('that is empty is missing', () => {
  assert.not.ok(decoded('{ password: { env: PW } }', { ...none, env: () => '' }).ok);
});

secrets('prints as asterisks, however it is printed', () => {
  const value = new Secret('hunter2');
  for (const printed of [
    `${value}`,
    JSON.stringify({ value }),
    inspect({ value }),
    String(value),
    Object.keys(value).join(),
  ]) {
    assert.not.match(printed, 'hunter2');
  }
  assert.is(inspect(value), '***');
});

secrets('has a digest that changes with it and does not show it', () => {
  assert.is(new Secret('a').digest, new Secret('a').digest);
  assert.is.not(new Secret('a').digest, new Secret('b').digest);
});

secrets('in clear text is in no frame and no message, of whatever problem', () => {
  const result = decoded('{ password: hunter2, prot: 1 }', none);
  assert.ok(!result.ok && result.problems.length === 2);
  assert.not.match(JSON.stringify(result.problems), 'hunter2');
  assert.not.match(formatProblems(result.problems), 'hunter2');
});

secrets('in clear text over several lines is in no frame', () => {
  const result = decoded('\n  password: |\n    hunter2\n  port: x\n', none);
  assert.ok(!result.ok);
  assert.not.match(JSON.stringify(result.problems), 'hunter2');
});

secrets('that is not there is a missing key', () => {
  const result = decoded('{}', none);
  assert.equal(!result.ok && result.problems.map(({ code }) => code), ['CONFIG_MISSING_KEY']);
});

secrets('has a JSON Schema that takes references only', () => {
  const { properties, required } = z.toJSONSchema(schema, { io: 'input' });
  assert.equal(required, ['password']);
  assert.match(JSON.stringify(properties?.['password']), /"required":\["env"\].*"required":\["file"\]/);
});

secrets.run();
