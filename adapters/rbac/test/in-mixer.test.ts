import { createMixer, stringMap } from '@krater/mixer';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import rbac from '../src/index.ts';

const test = suite('rbac in a mixer');

const config = `
apiVersion: krater.dev/v1
kind: Rule
metadata: { name: access }
spec:
  match: "true"
  actions:
  - handler:
      adapter: rbac
      params:
        roles: [{ name: operator, rules: [{ paths: ['/jobs/{id}'], methods: [DELETE] }] }]
        bindings: [{ role: operator, subjects: [{ groups: [ops] }] }]
    instances:
    - name: access
      template: authorization
      params:
        subject: { user: 'request.auth.principal | ""', groups: 'request.auth.claims["groups"] | ""' }
        action: { path: request.url_path, method: request.method }
`;

test('decides by the claims of a token and the normal form of the path', async () => {
  const mixer = await createMixer({ config, adapters: [rbac] });
  const ask = async (groups: string, path = '/jobs/7', method = 'DELETE') => {
    const bag = mixer.bag().put('request.url_path', path).put('request.method', method);
    const claims = stringMap({ groups });
    return mixer.check(bag.put('request.auth.claims', claims).put('request.auth.principal', 'issuer/zoe'));
  };
  assert.is((await ask('["dev","ops"]')).status.code, 'OK');
  assert.equal((await ask('["dev"]')).status, {
    code: 'PERMISSION_DENIED',
    message: 'user "issuer/zoe" has no role',
  });
  assert.is(
    (await ask('ops', '/jobs/7', 'GET')).status.message,
    'role "operator" does not grant method "GET" on path "/jobs/7"',
  );
  assert.equal((await ask('ops')).validity, { duration: 300_000, uses: 10_000 });
  const nobody = await mixer.check(
    mixer.bag().put('request.url_path', '/jobs/7').put('request.method', 'DELETE'),
  );
  assert.is(nobody.status.message, 'the caller is unknown and has no role');
  await mixer.close();
});

test('points at a mistake in its place', async () => {
  try {
    await createMixer({ config: config.replace('role: operator,', 'role: operater,'), adapters: [rbac] });
    assert.unreachable();
  } catch (error) {
    const { problems } = error as { problems: { code: string; message: string; frame: string }[] };
    assert.is(problems.length, 1);
    assert.is(problems[0]?.message, 'unknown role "operater"; there are: "operator"');
    assert.match(problems[0]?.frame ?? '', /> \d+ .*role: operater/);
  }
});

test.run();
