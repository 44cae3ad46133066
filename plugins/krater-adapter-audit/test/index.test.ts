import { adapterSuite, createHandler, fakeContext, fakeEnv } from '@krater/mixer/testing';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import audit from '../src/index.ts';
import { type AuditRecord, logStore } from '../src/store.ts';

const test = suite('audit');
adapterSuite(audit, { test, config: { hide: ['user'] } });

test('keeps the variables of every entry, and hides what it was told to hide', async () => {
  const kept: AuditRecord[] = [];
  const store = { append: (records: readonly AuditRecord[]) => void kept.push(...records) };
  const env = fakeEnv({ services: { store } });
  const { logentry } = await createHandler(audit, { hide: ['token'] }, env);
  const variables = { user: 'zoe', token: 'secret' };
  await logentry([{ name: 'login', variables } as never], fakeContext(env));
  assert.equal(kept, [{ user: 'zoe', token: '***', entry: 'login' }]);
  await env.close();
});

test('writes to the log where nobody brings a store', async () => {
  const env = fakeEnv();
  const store = await logStore.create(env);
  await store.append([{ user: 'zoe' }]);
  assert.equal(env.logged, [{ level: 'info', message: 'audit', fields: { user: 'zoe' } }]);
  await env.close();
});

test.run();
