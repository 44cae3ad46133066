import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { krater, type Running, startKrater } from '../../core/cli/test/krater.ts';
import { blocksOf } from '../source/markdown.ts';
import { eventually } from './program.ts';

interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
}

/** The example as `npm start` runs it, on free ports, with an OTLP collector that keeps what it is sent. */
const bookinfo = suite<{
  folder: string;
  mesh: Running;
  page: string;
  collector: Server;
  spans: Span[];
}>('bookinfo');

const example = join(import.meta.dirname, '../../examples/bookinfo');

bookinfo.before(async context => {
  context.spans = [];
  context.collector = createServer(async (request, response) => {
    const body = await Array.fromAsync(request, chunk => String(chunk));
    for (const { scopeSpans } of JSON.parse(body.join('')).resourceSpans) {
      for (const { spans } of scopeSpans) context.spans.push(...spans);
    }
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  });
  await new Promise<void>(resolve => context.collector.listen(0, '127.0.0.1', resolve));
  const { port } = context.collector.address() as AddressInfo;

  context.folder = mkdtempSync(join(tmpdir(), 'krater-bookinfo-'));
  cpSync(example, context.folder, { recursive: true });
  edit(context.folder, 'services.yaml', text => text.replace(/inbound: \d+/g, 'inbound: 0'));
  edit(context.folder, 'telemetry.yaml', text =>
    text
      .replace('path: access.log', `path: ${join(context.folder, 'access.log')}`)
      .replace(/adapter: prometheus\n {2}params:\n/, match => `${match}    endpoint: { port: 0 }\n`)
      .replace('127.0.0.1:4318', `127.0.0.1:${port}`),
  );
  const ports = ['--port', '0', '--admin-port', '0'];
  context.mesh = startKrater(['up', context.folder, ...ports, '--no-traffic', '--format', 'json']);
  context.page = await context.mesh.address('open productpage');
});

bookinfo.after(async ({ folder, mesh, collector }) => {
  await mesh?.[Symbol.asyncDispose]();
  collector.close();
  collector.closeAllConnections();
  rmSync(folder, { recursive: true });
});

function edit(folder: string, file: string, change: (text: string) => string): void {
  const path = join(folder, 'config', file);
  writeFileSync(path, change(readFileSync(path, 'utf8')));
}

const ask = (url: string, headers: Record<string, string> = {}) => fetch(url, { headers });

bookinfo('shows each version of reviews in turn, and says why version 3 has no ratings', async ({ page }) => {
  const pages: string[] = [];
  for (let i = 0; i < 3; i++) {
    const answer = await ask(page);
    assert.is(answer.status, 200);
    pages.push(await answer.text());
  }
  const of = (version: string) => pages.find(text => text.includes(`served by version ${version}`)) ?? '';
  assert.match(of('v2'), '★★★★★');
  assert.match(of('v3'), 'Ratings are not available: not permitted');
  assert.not.match(of('v1'), '★');
});

bookinfo('limits each user to five ratings a second, while the page goes on', async ({ mesh, page }) => {
  const url = `http://${await mesh.address('ratings-v1 inbound')}/ratings`;
  const answers = [];
  for (let i = 0; i < 6; i++) answers.push(await ask(url, { host: 'ratings', user: 'zoe' }));
  assert.equal(
    answers.map(({ status }) => status),
    [200, 200, 200, 200, 200, 429],
  );
  assert.is(answers[5]?.headers.get('retry-after'), '1');
  assert.ok(answers[5]?.headers.get('x-krater-decision'));
  assert.is((await ask(url, { user: 'ada' })).status, 200);
  assert.is((await ask(page, { user: 'zoe' })).status, 200);
});

bookinfo('answers krater check as the README prints it', async ({ mesh }) => {
  const [block] = blocksOf('README.md').filter(({ language }) => language === 'console');
  const calls = (block?.text ?? '').split(/^\$ npx krater /m).slice(1);
  assert.is(calls.length, 2);
  const address = await mesh.address('mixer');
  for (const call of calls) {
    const [line = '', ...printed] = call.split('\n');
    const words = [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
    const args = words.map(word => (word === '127.0.0.1:9091' ? address : word));
    const { stdout } = await krater(args);
    assert.is(masked(stdout), masked(printed.join('\n')));
  }
});

/** Without what is another each time: ids, hashes and times. */
function masked(text: string): string {
  return text
    .trim()
    .replace(/decision \S+/, 'decision ID')
    .replace(/node \S+ configuration \S+/, 'node ID, configuration HASH')
    .replace(/took \S+ ms/, 'took TIME')
    .replace(/\d+ bytes sent, \d+ received/, 'N bytes')
    .replace(/whole again in \S+/, 'whole again in TIME')
    .replace(/epoch \d+/, 'epoch N');
}

bookinfo('counts every call that was made, and logs it', async ({ mesh, folder }) => {
  const metrics = await eventually(async () => {
    const text = await (await ask(await mesh.address('prometheus metrics'))).text();
    return text.includes('code="429"') && text.includes('code="403"') ? text : undefined;
  }, 'the metrics');
  const total = (labels: string) =>
    Number(new RegExp(`krater_requests_total\\{${labels}\\} (\\d+)`).exec(metrics)?.[1]);
  assert.is(total('source="outside",destination="productpage-v1",code="200"'), 4);
  assert.is(total('source="productpage-v1",destination="details-v1",code="200"'), 4);
  assert.is(total('source="outside",destination="ratings-v1",code="200"'), 6);
  assert.is(total('source="outside",destination="ratings-v1",code="429"'), 1);
  assert.is(total('source="reviews-v3",destination="ratings-v1",code="403"'), 1);
  await delay(200);
  const entries = readFileSync(join(folder, 'access.log'), 'utf8')
    .trim()
    .split('\n')
    .map(line => JSON.parse(line));
  assert.is(entries.filter(({ destination }) => destination === 'productpage-v1').length, 4);
  assert.is(entries.filter(({ code, user }) => code === 429 && user === 'zoe').length, 1);
});

bookinfo('sends one span tree over four services to an OTLP collector', async ({ spans, page }) => {
  const trace = await eventually(async () => {
    await ask(page);
    await delay(1_500);
    const byTrace = [...Map.groupBy(spans, ({ traceId }) => traceId).values()];
    return byTrace.find(tree => tree.some(({ name }) => name.includes('ratings')) && tree.length >= 7);
  }, 'a trace over four services');
  const ids = new Set(trace.map(({ spanId }) => spanId));
  const roots = trace.filter(({ parentSpanId }) => !parentSpanId);
  assert.is(roots.length, 1);
  assert.ok(trace.every(({ parentSpanId }) => !parentSpanId || ids.has(parentSpanId)));
});

bookinfo(
  'obeys an edited rule within two seconds, and keeps it when the next edit is broken',
  async ({ folder, mesh, page }) => {
    edit(folder, 'policy.yaml', text => text.replace('"v3"', '"v2"'));
    const refused = async () => {
      for (let i = 0; i < 3; i++) {
        const text = await (await ask(page)).text();
        if (text.includes('served by version v2')) return text.includes('not permitted');
      }
      return undefined;
    };
    assert.ok(await eventually(async () => (await refused()) || undefined, 'the edited rule', 10_000));
    edit(folder, 'policy.yaml', text => text.replace('destination.service.name', 'destination.servce.name'));
    const problem = JSON.stringify(
      await mesh.event(it => JSON.stringify(it).includes('EXPRESSION_UNKNOWN_ATTRIBUTE')),
    );
    assert.match(problem, 'did you mean \\"destination.service.name\\"?');
    assert.ok(await refused());
  },
);

bookinfo('ends on SIGTERM, with code 0, within five seconds', async ({ mesh }) => {
  const began = performance.now();
  mesh.kill('SIGTERM');
  assert.is((await mesh.ended).code, 0);
  assert.ok(performance.now() - began < 25_000);
});

bookinfo.run();
