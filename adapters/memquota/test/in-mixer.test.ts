import { createMixer } from '@krater/mixer';
import { FakeClock } from '@krater/mixer/testing';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import memquota from '../src/index.ts';

const test = suite('memquota in a mixer');

const policy = (limit: number) => `
apiVersion: krater.dev/v1
kind: Handler
metadata: { name: limits }
spec:
  adapter: memquota
  params: { quotas: [{ name: requests, limit: ${limit}, window: 1s }] }
---
apiVersion: krater.dev/v1
kind: Rule
metadata: { name: ratings-limit }
spec:
  match: "true"
  actions:
  - handler: limits
    instances:
    - name: requests
      template: quota
      params: { dimensions: { user: 'request.headers["user"] | "anonymous"' } }
`;

test('refuses the sixth of six quick requests with a time to come back, and counts on through a reload', async () => {
  const clock = new FakeClock();
  const mixer = await createMixer({ config: policy(5), adapters: [memquota], clock });
  try {
    const check = async (user: string) => mixer.check(mixer.bag().put('request.headers', { user }));
    const codes: string[] = [];
    for (let request = 0; request < 6; request++) {
      codes.push((await check('zoe')).status.code);
      await clock.advance(10);
    }
    assert.equal(codes, ['OK', 'OK', 'OK', 'OK', 'OK', 'RESOURCE_EXHAUSTED']);
    const refused = await check('zoe');
    assert.is(refused.retryAfter, 940);
    assert.is(refused.standing?.remaining, 0);
    assert.is((await check('ann')).status.code, 'OK');

    assert.ok((await mixer.reload(policy(6))).accepted);
    assert.is((await check('zoe')).status.code, 'OK');
    assert.is((await check('zoe')).status.code, 'RESOURCE_EXHAUSTED');
    await clock.advance(1000);
    assert.is((await check('zoe')).status.code, 'OK');
  } finally {
    await mixer.close();
  }
});

test.run();
