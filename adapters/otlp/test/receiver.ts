import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import generated from '@opentelemetry/otlp-proto-exporter-base/build/src/generated/root.js';

/** A message type that protobufjs has generated from the official .proto files. */
interface MessageType {
  decode(bytes: Uint8Array): object;
  fromObject(plain: object): object;
  toObject(message: object, options: object): unknown;
  encode(message: object): { finish(): Uint8Array };
}

// biome-ignore lint/suspicious/noExplicitAny: a namespace of generated types, looked up by their names
const { collector } = (generated as any).opentelemetry.proto;
const services = { metrics: collector.metrics.v1, logs: collector.logs.v1 };
type Signal = keyof typeof services;
const titles = { metrics: 'Metrics', logs: 'Logs' } as const;

type Attributes = readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[];

export interface NumberPoint {
  readonly attributes: Attributes;
  readonly startTimeUnixNano: string;
  readonly timeUnixNano: string;
  readonly asDouble: number;
}

export interface HistogramPoint extends Omit<NumberPoint, 'asDouble'> {
  readonly count: string;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
  readonly bucketCounts: readonly string[];
  readonly explicitBounds: readonly number[];
}

export interface Metric {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  readonly resource: Attributes;
  readonly sum?: {
    readonly isMonotonic: boolean;
    readonly aggregationTemporality: string;
    readonly dataPoints: readonly NumberPoint[];
  };
  readonly gauge?: { readonly dataPoints: readonly NumberPoint[] };
  readonly histogram?: {
    readonly aggregationTemporality: string;
    readonly dataPoints: readonly HistogramPoint[];
  };
}

export interface Log {
  readonly resource: Attributes;
  readonly timeUnixNano: string;
  readonly observedTimeUnixNano: string;
  readonly severityNumber: string;
  readonly severityText: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly attributes: Attributes;
}

export interface Reply {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  /** How many records a partial success rejects. */
  readonly rejected?: number;
  /** Instead of a well-formed answer. */
  readonly body?: Uint8Array;
}

/** An OTLP/HTTP receiver that decodes both formats by the official protos and remembers what it has taken. */
export async function receiver({
  reply = () => ({}),
  port = 0,
  tls,
}: {
  readonly reply?: (signal: Signal) => Reply | Promise<Reply>;
  readonly port?: number;
  readonly tls?: { readonly key: Buffer; readonly cert: Buffer };
} = {}) {
  const metrics: Metric[] = [];
  const logs: Log[] = [];
  const requests: { readonly url: string | undefined; readonly headers: IncomingHttpHeaders }[] = [];
  const listener: RequestListener = async (request, response) => {
    const sent = Buffer.concat(await request.toArray());
    const { url, headers } = request;
    requests.push({ url, headers });
    const signal: Signal = url === '/v1/logs' ? 'logs' : 'metrics';
    const json = headers['content-type'] === 'application/json';
    const bytes = headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent;
    const decoded = decodeRequest(signal, json, bytes);
    const { status = 200, headers: more = {}, rejected, body } = await reply(signal);
    if (status < 300) {
      metrics.push(...metricsOf(decoded));
      logs.push(...logsOf(decoded));
    }
    response.writeHead(status, { 'content-type': headers['content-type'], ...more });
    response.end(body ?? encodeResponse(signal, json, rejected));
  };
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const { port: chosen } = server.address() as AddressInfo;
  const kill = async () => {
    server.closeAllConnections();
    if (server.listening) await new Promise(resolve => server.close(resolve));
  };
  return {
    metrics,
    logs,
    requests,
    port: chosen,
    endpoint: tls === undefined ? `http://127.0.0.1:${chosen}` : `https://localhost:${chosen}`,
    kill,
    [Symbol.asyncDispose]: kill,
  };
}

function decodeRequest(signal: Signal, json: boolean, bytes: Buffer): Record<string, unknown> {
  const type: MessageType = services[signal][`Export${titles[signal]}ServiceRequest`];
  const message = json ? type.fromObject(JSON.parse(bytes.toString())) : type.decode(bytes);
  return type.toObject(message, { longs: String, enums: String, arrays: true }) as Record<string, unknown>;
}

function encodeResponse(signal: Signal, json: boolean, rejected: number | undefined): Uint8Array {
  const type: MessageType = services[signal][`Export${titles[signal]}ServiceResponse`];
  const field = signal === 'logs' ? 'rejectedLogRecords' : 'rejectedDataPoints';
  const plain =
    rejected === undefined ? {} : { partialSuccess: { [field]: rejected, errorMessage: 'too old' } };
  return json ? Buffer.from(JSON.stringify(plain)) : type.encode(type.fromObject(plain)).finish();
}

function metricsOf(request: Record<string, unknown>): Metric[] {
  const resources = (request['resourceMetrics'] ?? []) as {
    resource: { attributes: Attributes };
    scopeMetrics: { metrics: Metric[] }[];
  }[];
  return resources.flatMap(({ resource, scopeMetrics }) =>
    scopeMetrics.flatMap(({ metrics }) =>
      metrics.map(metric => ({ ...metric, resource: resource.attributes })),
    ),
  );
}

function logsOf(request: Record<string, unknown>): Log[] {
  const resources = (request['resourceLogs'] ?? []) as {
    resource: { attributes: Attributes };
    scopeLogs: { logRecords: Log[] }[];
  }[];
  return resources.flatMap(({ resource, scopeLogs }) =>
    scopeLogs.flatMap(({ logRecords }) =>
      logRecords.map(record => ({ ...record, resource: resource.attributes })),
    ),
  );
}

/** Attributes as one object. */
export function plain(attributes: Attributes): Record<string, unknown> {
  return Object.fromEntries(
    attributes.map(({ key, value }) => {
      const held = Object.values(value)[0];
      const list = (held as { values?: Attributes } | undefined)?.values;
      return [key, list === undefined ? held : plain(list)];
    }),
  );
}

/** A certificate for localhost that signs itself, in files that are gone afterwards. */
export function certificate() {
  const folder = mkdtempSync(join(tmpdir(), 'krater-otlp-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  execFileSync('openssl', ['req', '-x509', ...curve, ...subject, '-keyout', key, '-out', cert], {
    stdio: 'ignore',
  });
  return {
    paths: { key, cert },
    key: readFileSync(key),
    cert: readFileSync(cert),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}
