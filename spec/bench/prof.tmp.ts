import denylist from '@krater/adapter-denylist';
import memquota from '@krater/adapter-memquota';
import { createMixer } from '@krater/mixer';

const rule = (n: string, m: string, a: string) =>
  `apiVersion: krater.dev/v1\nkind: Rule\nmetadata: { name: ${n} }\nspec:\n  match: ${m}\n  actions:\n${a}\n`;
const list =
  '  - handler: list\n    instances: [{ name: u, template: listentry, params: { value: source.user } }]';
const quota =
  '  - handler: limit\n    instances: [{ name: requests, template: quota, params: { dimensions: { user: source.user } } }]';
const h = (n: string, a: string, p: string) =>
  `apiVersion: krater.dev/v1\nkind: Handler\nmetadata: { name: ${n} }\nspec: { adapter: ${a}, params: ${p} }\n`;
const config = [
  h('list', 'denylist', '{ entries: [mallory, eve] }'),
  h('limit', 'memquota', '{ quotas: [{ name: requests, limit: 1000000000, window: 1s }] }'),
  rule('listed', 'destination.service.name == "ratings"', list),
  rule('limited', 'destination.service.name == "ratings" && request.method == "GET"', quota),
  ...Array.from({ length: 8 }, (_, i) => rule(`o${i}`, `destination.service.name == "o${i}"`, list)),
].join('---\n');
const mixer = await createMixer({ config, adapters: [denylist, memquota] });
const bag = mixer
  .bag()
  .put('destination.service.name', 'ratings')
  .put('request.path', '/x')
  .put('request.method', 'GET')
  .put('source.user', 'zoe');
for (let r = 0; r < 6; r++) {
  const n = 50_000;
  const t = performance.now();
  const c = process.cpuUsage();
  for (let i = 0; i < n; i++) mixer.check(bag);
  console.log((((performance.now() - t) / n) * 1000).toFixed(2), 'µs');
}
await mixer.close();
