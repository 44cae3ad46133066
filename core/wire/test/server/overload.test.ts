import { statusCodes, systemAmbient } from '@krater/mixer';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { EventLoopDelay } from '../../src/server/event-loop-delay.ts';
import { parseGrpcTimeout } from '../../src/server/grpc-timeout.ts';
import { checkRequest, eventually, peersOf, RawPeer, replyOf, reportRequest, startRig } from './rig.ts';

const overload = suite('an overloaded Mixer server');

const { UNAVAILABLE } = statusCodes;

/** Timers that a test fires as late as it wants. */
class LateWorld {
  #now = 1_000;
  #waiting: { due: number; run: () => void }[] = [];
  readonly clock = { now: () => this.#now };

  after = (milliseconds: number, run: () => void) => {
    const timer = { due: this.#now + milliseconds, run };
    this.#waiting.push(timer);
    return () => {
      this.#waiting = this.#waiting.filter(one => one !== timer);
    };
  };

  /** The next timer fires, so much too late. */
  next(late: number): void {
    const [timer] = this.#waiting.splice(0, 1);
    this.#now = (timer?.due ?? this.#now) + late;
    timer?.run();
  }
}

overload(
  'knows how late its event loop is: a mean that one long turn does not move far, and quantiles',
  () => {
    const world = new LateWorld();
    const delay = new EventLoopDelay(world);
    for (let count = 0; count < 98; count += 1) world.next(0);
    world.next(400);
    world.next(0);
    assert.ok(delay.mean < 120, `${delay.mean}`);
    assert.is(delay.quantile(0.5), 0);
    assert.ok(delay.quantile(0.995) > 350 && delay.quantile(0.995) < 600, `${delay.quantile(0.995)}`);
    for (let count = 0; count < 10; count += 1) world.next(400);
    assert.ok(delay.mean > 350, `${delay.mean}`);
    delay.close();
    assert.is(delay.mean, delay.mean);
  },
);

overload('sheds calls while its event loop is late, reports before checks, and says why', async () => {
  // Only the sampling of the event loop runs on this clock: it is what the server starts first.
  let lateness = 0;
  const clock = { now: () => systemAmbient.clock.now() + lateness };
  await using rig = await startRig({
    limits: { maxReportDelay: 1_000, maxCheckDelay: 10_000 },
    ambient: { ...systemAmbient, clock },
  });
  const request = { check: checkRequest(rig.bag()), report: reportRequest([rig.bag()]) };
  for (const peer of peersOf(rig)) {
    replyOf(await peer.call('check', request.check));
    const shed = async (method: 'check' | 'report') => {
      let result = await peer.call(method, request[method]);
      // Every sample finds a jump until the mean is over the limit.
      for (let tries = 0; result.status === 0 && tries < 200; tries += 1) {
        lateness += 3_000;
        await new Promise(resolve => setTimeout(resolve, 30));
        result = await peer.call(method, request[method]);
      }
      return result;
    };
    const report = await shed('report');
    assert.is(report.status, UNAVAILABLE.number, peer.name);
    assert.match(report.message, /^overloaded: the event loop is \d+ ms behind$/);
    replyOf(await peer.call('check', request.check));
    const { mean } = { mean: rig.server.statistics().eventLoopDelay };
    assert.ok(mean.p99 > 0);
    peer[Symbol.dispose]();
    await eventually(() => rig.server.statistics().shed.report.delay > 0);
  }
  assert.is(rig.server.statistics().shed.check.delay, 0);
});

overload('sheds calls beyond those that may wait for handlers, and counts them by reason', async () => {
  await using rig = await startRig({ limits: { maxChecks: 2, maxReports: 1 } });
  let open = () => {};
  const gate = new Promise<void>(resolve => {
    open = resolve;
  });
  rig.behaviour.gate = gate;
  rig.behaviour.reportGate = gate;
  using peer = new RawPeer(rig.authority, true);
  const { statistics } = rig.server;
  const checks = [1, 2].map(() => peer.call('check', checkRequest(rig.bag())));
  const report = peer.call('report', reportRequest([rig.bag()]));
  await eventually(() => statistics().inFlight.check === 2 && statistics().inFlight.report === 1);
  const refused = await peer.call('check', checkRequest(rig.bag()));
  assert.is(refused.status, UNAVAILABLE.number);
  assert.is(refused.message, 'overloaded: 2 checks are in flight');
  assert.is((await peer.call('report', reportRequest([rig.bag()]))).status, UNAVAILABLE.number);
  open();
  for (const result of await Promise.all(checks)) replyOf(result);
  assert.is((await report).status, 0);
  assert.equal(statistics().inFlight, { check: 0, report: 0 });
  const text = rig.server.metrics();
  for (const line of [
    'krater_wire_calls_total{method="check",endpoint="http2",code="OK"} 2',
    'krater_wire_calls_total{method="check",endpoint="http2",code="UNAVAILABLE"} 1',
    'krater_wire_shed_total{method="report",reason="in-flight"} 1',
    'krater_wire_connections{endpoint="http2"} 1',
    'krater_wire_in_flight{method="check"} 0',
    'krater_wire_records_total 1',
    '# TYPE krater_wire_event_loop_delay_seconds gauge',
  ])
    assert.ok(text.includes(`${line}\n`), line);
});

overload('reads deadlines as gRPC writes them, and no others', () => {
  const read = { '1H': 3_600_000, '2M': 120_000, '3S': 3_000, '45m': 45, '1000u': 1, '1000000n': 1, '0m': 0 };
  for (const [text, milliseconds] of Object.entries(read))
    assert.is(parseGrpcTimeout(text), milliseconds, text);
  for (const text of ['', 'm', '1', '-1m', '1.5S', '123456789S', '1s', ' 1m', '0x1m'])
    assert.is(parseGrpcTimeout(text), undefined, text);
});

overload.run();
