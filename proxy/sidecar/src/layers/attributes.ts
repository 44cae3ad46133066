import type { Service } from '@krater/config';
import {
  describe,
  destinationDescription,
  rememberDescriptions,
  sourceDescription,
  workloadUid,
} from '../description.ts';
import { queryParams } from '../http/query-params.ts';
import { urlPath } from '../http/url-path.ts';
import type { Layer } from '../layer.ts';
import type { Side } from '../side.ts';

/** Fills the bag with everything known before the upstream is asked. */
export function attributes(side: Side): Layer {
  const { kind, workload: own, registry, mixer, slots } = side;
  const sourceOf = rememberDescriptions(registry, workload =>
    sourceDescription(slots, workload, registry.serviceOf(workload.name)),
  );
  const destinationOf = rememberDescriptions(registry, workload =>
    destinationDescription(
      slots,
      registry.serviceOf(workload.name) as Service,
      workload,
      registry.application(workload.name),
    ),
  );

  return {
    name: 'attributes',
    around: next => exchange => {
      const bag = mixer.bag();
      exchange.bag = bag;
      const { values } = bag;
      const { fields, downstream, span, path, request } = exchange;
      const { map } = fields;
      const time = Math.floor(exchange.startedAt * 1000);
      const question = path.indexOf('?');

      map[':authority'] = exchange.authority;
      map[':method'] = request.method as string;
      map[':path'] = path;
      map[':scheme'] = 'http';
      values[slots.requestHeaders] = map;
      values[slots.requestHost] = exchange.authority;
      values[slots.requestMethod] = request.method;
      values[slots.requestPath] = path;
      values[slots.requestUrlPath] = urlPath(path, question < 0 ? path.length : question);
      if (question >= 0) values[slots.requestQueryParams] = queryParams(path, question);
      values[slots.requestScheme] = 'http';
      values[slots.requestReferer] = map.referer;
      values[slots.requestUseragent] = map['user-agent'];
      values[slots.requestId] = exchange.requestId;
      values[slots.requestTime] = time;
      values[slots.contextTime] = time;
      values[slots.contextProtocol] = 'http';
      values[slots.contextReporterKind] = kind;
      values[slots.contextProxyVersion] = 'krater';
      values[slots.originIp] = downstream.ip;
      values[slots.connectionId] = downstream.id;
      values[slots.connectionMtls] = false;
      values[slots.traceId] = span.traceId;
      values[slots.traceSpanId] = span.spanId;
      values[slots.traceParentSpanId] = span.parentSpanId;
      values[slots.traceSampled] = span.sampled;
      values[slots.sourceIp] = downstream.ip;
      values[slots.sourcePort] = downstream.port;

      const workload = registry.workload(own);
      if (workload !== undefined) {
        values[slots.contextReporterUid] = workloadUid(workload);
        describe(bag, kind === 'inbound' ? destinationOf(workload) : sourceOf(workload));
      }
      const peer = exchange.peer === undefined ? undefined : registry.workload(exchange.peer);
      if (peer !== undefined) describe(bag, sourceOf(peer));
      next(exchange);
    },
  };
}
