// needs: prometheus
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import prometheus from '@krater/adapter-prometheus';
import { createMixer, type Mixer } from '@krater/mixer';
import { freePort } from '@krater/mixer/testing';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { eventually, type Program, startProgram } from './program.ts';

const real = suite<{
  folder: string;
  mixer: Mixer;
  program: Program;
  query: (text: string) => Promise<number>;
}>('a real Prometheus');

const rules = (port: number) => `
apiVersion: krater.dev/v1
kind: Rule
metadata: { name: calls }
spec:
  match: true
  actions:
  - handler:
      adapter: prometheus
      params:
        endpoint: { port: ${port} }
        metrics:
        - { instance: calls, name: calls_total, kind: counter, labels: [destination, code] }
        - { instance: seconds, name: call_seconds, kind: histogram, labels: [destination], buckets: { explicit: [0.1, 1] } }
    instances:
    - name: calls
      template: metric
      params:
        value: "1"
        dimensions: { destination: destination.service.name | "unknown", code: response.code | 0 }
    - name: seconds
      template: metric
      params:
        value: response.duration | "0ms"
        dimensions: { destination: destination.service.name | "unknown" }
`;

real.before(async context => {
  const folder = mkdtempSync(join(tmpdir(), 'krater-prometheus-'));
  const scraped = await freePort();
  const asked = await freePort();
  const scrape = `{ job_name: krater, static_configs: [{ targets: ['127.0.0.1:${scraped}'] }] }`;
  writeFileSync(
    join(folder, 'prometheus.yml'),
    `global: { scrape_interval: 1s }\nscrape_configs: [${scrape}]\n`,
  );
  context.folder = folder;
  context.mixer = await createMixer({ config: rules(scraped), adapters: [prometheus] });
  context.program = startProgram('prometheus', [
    `--config.file=${join(folder, 'prometheus.yml')}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${asked}`,
  ]);
  context.query = async text => {
    const answer = await fetch(`http://127.0.0.1:${asked}/api/v1/query?query=${encodeURIComponent(text)}`);
    const { data } = (await answer.json()) as { data: { result: { value: [number, string] }[] } };
    return data.result.reduce((sum, { value }) => sum + Number(value[1]), 0);
  };
});

real.after(async ({ folder, mixer, program }) => {
  await program[Symbol.asyncDispose]();
  await mixer.close();
  rmSync(folder, { recursive: true, force: true });
});

real('scrapes what was reported and answers queries over it', async ({ mixer, query }) => {
  const call = (service: string, code: number) =>
    mixer.bag().put('destination.service.name', service).put('response.code', code);
  await mixer.report([...Array(20).fill(call('ratings', 200)), ...Array(5).fill(call('ratings', 429))]);
  await mixer.report(Array(7).fill(call('reviews', 200)));

  const total = 'sum(krater_calls_total)';
  await eventually(async () => ((await query(total)) === 32 ? true : undefined), `${total} to be 32`);
  assert.is(await query('sum(krater_calls_total{destination="ratings"})'), 25);
  assert.is(await query('krater_calls_total{destination="ratings",code="429"}'), 5);
  assert.is(await query('sum(krater_call_seconds_count)'), 32);
});

real('finds the target up and nothing wrong with its page', async ({ query }) => {
  assert.is(await query('up{job="krater"}'), 1);
  assert.ok((await query('scrape_samples_scraped{job="krater"}')) > 0);
});

real.run();
