import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openSpan, randomHex } from '../src/trace/span.ts';
import { readTrace } from '../src/trace/trace-context.ts';
import { eventually, mesh } from './mesh.ts';

const test = suite('tracing');

const id = '0af7651916cd43dd8448eb211c80319c';
const span = 'b7ad6b7169203331';
const short = '8448eb211c80319c';

type Row = readonly [
  headers: Record<string, string>,
  traceId: string | undefined,
  spanId: string | undefined,
  sampled: boolean | undefined,
];

const readable: readonly Row[] = [
  [{ traceparent: `00-${id}-${span}-01` }, id, span, true],
  [{ traceparent: `00-${id}-${span}-00` }, id, span, false],
  [{ traceparent: `00-${id}-${span}-03` }, id, span, true],
  [{ traceparent: `cc-${id}-${span}-01-what-the-future-brings` }, id, span, true],
  [{ b3: `${id}-${span}-1` }, id, span, true],
  [{ b3: `${id}-${span}-0-0020000000000001` }, id, span, false],
  [{ b3: `${id}-${span}-d` }, id, span, true],
  [{ b3: `${short}-${span}` }, short.padStart(32, '0'), span, undefined],
  [{ b3: '0' }, undefined, undefined, false],
  [{ 'x-b3-traceid': id, 'x-b3-spanid': span, 'x-b3-sampled': '1' }, id, span, true],
  [{ 'x-b3-traceid': short.toUpperCase(), 'x-b3-spanid': span }, short.padStart(32, '0'), span, undefined],
  [{ 'x-b3-traceid': id, 'x-b3-spanid': span, 'x-b3-flags': '1' }, id, span, true],
  [{ 'x-b3-sampled': '0' }, undefined, undefined, false],
  [{ traceparent: 'nonsense', b3: `${id}-${span}-1` }, id, span, true],
  [{ traceparent: `00-${id}-${span}-00`, b3: `${short}-${span}-1` }, id, span, false],
];

const unreadable: readonly Record<string, string>[] = [
  {},
  { traceparent: `00-${id}-${span}` },
  { traceparent: `00-${id}-${span}-01-more` },
  { traceparent: `ff-${id}-${span}-01` },
  { traceparent: `00-${'0'.repeat(32)}-${span}-01` },
  { traceparent: `00-${id}-${'0'.repeat(16)}-01` },
  { traceparent: `00-${id.toUpperCase()}-${span}-01` },
  { traceparent: `00-${id}-${span}-01, 00-${id}-${span}-01` },
  { traceparent: ` 00-${id}-${span}-01` },
  { b3: `${id}-${span}-2` },
  { b3: `${id}` },
  { b3: '' },
  { 'x-b3-traceid': id },
  { 'x-b3-traceid': 'xyz', 'x-b3-spanid': span },
  { 'x-b3-traceid': '0'.repeat(16), 'x-b3-spanid': span },
];

test('reads W3C and both forms of B3, the first one first', () => {
  for (const [headers, traceId, spanId, sampled] of readable) {
    const { tracestate: _, ...trace } = readTrace(headers) ?? { tracestate: undefined };
    assert.equal(trace, { traceId, spanId, sampled }, JSON.stringify(headers));
  }
});

test('takes what is malformed as absent', () => {
  for (const headers of unreadable) assert.is(readTrace(headers), undefined, JSON.stringify(headers));
});

test('passes a well-formed tracestate on with its traceparent only', () => {
  const traceparent = `00-${id}-${span}-01`;
  const read = (tracestate: string) => readTrace({ traceparent, tracestate })?.tracestate;
  for (const good of ['a=1', 'a=1, b@c=2 ', 'rojo=00f067aa0ba902b7,congo=t61rcWkgMzE', ''])
    assert.is(read(good), good, good);
  for (const bad of ['A=1', 'a', 'a=1;b=2=', `${'a=1,'.repeat(40)}`, 'a=\u00e9'])
    assert.is(read(bad), undefined, bad);
  assert.is(readTrace({ b3: `${id}-${span}-1`, tracestate: 'a=1' })?.tracestate, undefined);
});

test('keeps the decision of the caller, and decides by the rate where there is none', () => {
  assert.is(openSpan({ traceparent: `00-${id}-${span}-00` }, 1).sampled, false);
  assert.is(openSpan({ traceparent: `00-${id}-${span}-01` }, 0).sampled, true);
  assert.is(openSpan({}, 0).sampled, false);
  assert.is(openSpan({}, 1).sampled, true);
  const deferred = { b3: `${id}-${span}` };
  assert.is(openSpan(deferred, 0.5).sampled, openSpan(deferred, 0.5).sampled);
  const sampled = Array.from({ length: 4_000 }, () => openSpan({}, 0.25).sampled).filter(Boolean).length;
  assert.ok(sampled > 800 && sampled < 1_200, `${sampled} of 4000 at a rate of 0.25`);
});

test('never draws the same id twice', () => {
  const ids = new Set(Array.from({ length: 5_000 }, () => randomHex(8)));
  assert.is(ids.size, 5_000);
});

for (const style of ['W3C', 'B3'] as const) {
  test(`makes one tree of spans over an application that passes on its ${style} fields`, async () => {
    let calls = 0;
    await using it = await mesh(async (incoming, response) => {
      const { headers } = incoming;
      if (calls++ === 0) {
        const passed: [string, string][] = (
          style === 'W3C'
            ? ['traceparent', 'tracestate']
            : ['x-b3-traceid', 'x-b3-spanid', 'x-b3-sampled', 'x-b3-parentspanid']
        )
          .filter(name => headers[name] !== undefined)
          .map(name => [name, headers[name] as string]);
        const { request } = await import('node:http');
        const call = request({
          port: it.outbound,
          headers: { host: 'ratings', ...Object.fromEntries(passed) },
        });
        call.on('response', inner => inner.resume().on('end', () => response.end('outer')));
        call.end();
      } else {
        response.end('inner');
      }
    });
    await fetch(`http://127.0.0.1:${it.inbound}/`, {
      headers: { traceparent: `00-${id}-${span}-01`, tracestate: 'a=1' },
    });
    await eventually(() => it.reports.length === 3);
    const [innerServer, client, outerServer] = ['inbound', 'outbound', 'inbound'].map((kind, index) => {
      const found = it.reports.filter(bag => bag.get('context.reporter.kind') === kind);
      return index === 2 ? found.at(-1) : found[0];
    });
    assert.is(outerServer?.get('trace.parent_span_id'), span);
    assert.is(client?.get('trace.parent_span_id'), outerServer?.get('trace.span_id'));
    assert.is(innerServer?.get('trace.parent_span_id'), client?.get('trace.span_id'));
    assert.is(new Set(it.reports.map(bag => bag.get('trace.span_id'))).size, 3);
    for (const bag of it.reports) {
      assert.is(bag.get('trace.id'), id);
      assert.is(bag.get('trace.sampled'), true);
      const headers = bag.get('request.headers') as Record<string, string>;
      assert.is(headers['x-b3-traceid'], id);
      assert.is(headers['x-b3-spanid'], bag.get('trace.span_id'));
    }
  });
}

test.run();
