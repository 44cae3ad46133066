import { isMap, PlainMap } from '../../value.ts';
import { fields, int64, noEffect, oneOf, type Shape, shown, written } from '../shape.ts';
import { instanceName } from './instance-name.ts';

/** Datagrams were all there was; here the address says so. */
const address: Shape = (value, from, _to, translation) => {
  if (typeof value !== 'string') return value;
  const port = Number(/^(?:\[[^[\]]+\]|[^\s:/[\]]+):(\d{1,5})$/.exec(value)?.[1]);
  if (port >= 1 && port <= 65_535) return `udp://${value}`;
  const message = `an address is HOST:PORT, found ${shown(value)}`;
  const hint = 'write it as in: address: localhost:8125';
  translation.problem(from, { code: 'ISTIO_BAD_VALUE', message, hint });
  return undefined;
};

/** `{{.dimension}}`, or `{{index . "dimension"}}` where it is no word. */
const action = /\{\{\s*(?:\.([\p{L}_][\p{L}\p{Nd}_]*)|index\s+\.\s+"([^"\\{}]{1,128})")\s*\}\}/gu;

/** There any Go template; here names with dimensions in them. */
const nameTemplate: Shape = (value, from, _to, translation) => {
  if (typeof value !== 'string') return value;
  if (value === '') return undefined;
  if (/^[A-Za-z0-9_.-]*$/.test(value.replaceAll(action, ''))) {
    translation.rewritten(from);
    return value.replaceAll(action, (_, word?: string, quoted?: string) => `{${word ?? quoted}}`);
  }
  const message = `a name is letters, digits and _.-, with dimensions as {{.dimension}}, found ${shown(value)}`;
  const hint = 'add what is computed in the template to the dimensions of the metric instance';
  translation.problem(from, { code: 'ISTIO_BAD_VALUE', message, hint });
  return undefined;
};

const metric = fields(
  {
    type: ['kind', oneOf({ COUNTER: 'counter', GAUGE: 'gauge', DISTRIBUTION: 'timing' }, 1)],
    nameTemplate: ['name', nameTemplate],
  },
  {},
  ['type'],
);

/** There a map by the names of instances, which were the names of metrics too, unless a template said otherwise. */
const metricsWith =
  (sampleRate: number | undefined): Shape =>
  (value, from, to, translation) => {
    if (!isMap(value)) {
      const message = `metrics is a map by the names of instances, found ${shown(value)}`;
      const hint = 'write it as in: metrics: { requestcount.instance.istio-system: { type: COUNTER } }';
      translation.problem(from, { code: 'ISTIO_BAD_VALUE', message, hint });
      return undefined;
    }
    return Object.entries(value).map(([key, inner], index) => {
      const [at, target] = [
        [...from, key],
        [...to, index],
      ];
      translation.paths.record(target, at);
      const native = metric(inner ?? new PlainMap(), at, target, translation);
      if (!isMap(native)) return native;
      const instance = instanceName(key, at, target, translation);
      const isSampled = sampleRate !== undefined && 'kind' in native && native['kind'] !== 'gauge';
      return { instance, name: key, ...native, ...(isSampled && { sampleRate }) };
    });
  };

const rate: Shape = (value, from, _to, translation) => {
  if (isRate(value)) return undefined;
  const message = `a sampling rate is a number above 0 and up to 1, found ${shown(value)}`;
  translation.problem(from, { code: 'ISTIO_BAD_VALUE', message, hint: 'to send all, write samplingRate: 1' });
  return undefined;
};

/** One rate for all metrics; gauges show their last value and are not sampled. */
export const statsd: Shape = (value, from, to, translation) => {
  const [metrics, samplingRate] = [written(value, 'metrics'), written(value, 'samplingRate')];
  const kinds = isMap(metrics) ? Object.values(metrics).map(metric => written(metric, 'type')) : [];
  const isSampled = kinds.some(kind => kind !== 'GAUGE' && kind !== 2);
  return fields(
    {
      address: ['address', address],
      prefix: ['prefix'],
      flushDuration: ['flush'],
      flushBytes: ['packet', int64],
      samplingRate: isSampled ? ['', rate] : noEffect('gauges are always sent, and there is no other metric'),
      metrics: ['metrics', metricsWith(isRate(samplingRate) ? samplingRate : undefined)],
    },
    { prefix: '', flush: '300ms', packet: 512 },
  )(value, from, to, translation);
};

function isRate(value: unknown): value is number {
  return typeof value === 'number' && value > 0 && value <= 1;
}
