import { Bag, ok, standardVocabulary } from '@krater/mixer';
import { decodeCheckReply, encodeCheckReply } from '../../src/codec/check-reply.ts';
import { decodeCheckRequest, encodeCheckRequest } from '../../src/codec/check-request.ts';
import { ReportBatch } from '../../src/codec/report-batch.ts';
import { decodeReportRequest } from '../../src/codec/report-request.ts';
import {
  decodeWatchRequest,
  decodeWatchUpdate,
  encodeWatchRequest,
  encodeWatchUpdate,
} from '../../src/codec/watch.ts';

const vocabulary = standardVocabulary;

/** Everything that decodes what comes from outside. */
export const decoders: { readonly [message: string]: (bytes: Buffer) => unknown } = {
  check: bytes => decodeCheckRequest(bytes, vocabulary),
  report: bytes => decodeReportRequest(bytes, vocabulary),
  reply: decodeCheckReply,
  watch: decodeWatchRequest,
  update: decodeWatchUpdate,
};

/**
 * Messages that somebody careless or malicious may send: noise, good messages cut off, bent or run together, and
 * messages that are well formed but for a lie. The same seed gives the same messages.
 */
export class HostileMessages {
  #state: number;
  readonly #good: readonly Buffer[] = goodMessages();

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  next(): Buffer {
    switch (this.#below(6)) {
      case 0:
        return this.#noise(this.#below(200));
      case 1:
        return this.#cutOff();
      case 2:
        return this.#spliced();
      case 3:
        return this.#message(0);
      default:
        return this.#bent();
    }
  }

  #noise(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.#below(256)));
  }

  #cutOff(): Buffer {
    const good = this.#one(this.#good);
    return good.subarray(0, this.#below(good.length));
  }

  #spliced(): Buffer {
    const [one, other] = [this.#one(this.#good), this.#one(this.#good)];
    return Buffer.concat([
      one.subarray(0, this.#below(one.length)),
      other.subarray(this.#below(other.length)),
    ]);
  }

  /** A few bytes changed, left out, or put in: now and then as a length or a number that is much too large. */
  #bent(): Buffer {
    let bytes = Buffer.from(this.#one(this.#good));
    for (let changes = 1 + this.#below(4); changes > 0; changes--) {
      const at = this.#below(bytes.length);
      const kind = this.#below(5);
      if (kind < 2) bytes[at] = this.#below(256);
      else if (kind === 2) bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)]);
      else {
        const more = kind === 3 ? this.#noise(1 + this.#below(4)) : this.#varint();
        bytes = Buffer.concat([bytes.subarray(0, at), more, bytes.subarray(at + this.#below(2))]);
      }
    }
    return bytes;
  }

  /** Fields that there are, with contents that they may not have; each nested message a few fields, and a few levels deep. */
  #message(depth: number): Buffer {
    const parts: Buffer[] = [];
    for (let fields = this.#below(6); fields > 0; fields--) {
      const field = this.#below(8) === 0 ? 100 + this.#below(4) : this.#below(12);
      const type = [0, 0, 1, 2, 2, 2, 2, 5, 3, 4, 6, 7][this.#below(12)] as number;
      parts.push(varint(BigInt(field * 8 + type)), this.#content(type, depth));
    }
    return Buffer.concat(parts);
  }

  #content(type: number, depth: number): Buffer {
    if (type === 0) return this.#varint();
    if (type === 1) return this.#noise(8);
    if (type === 5) return this.#noise(4);
    const inner = depth < 12 && this.#below(4) > 0 ? this.#message(depth + 1) : this.#noise(this.#below(12));
    const length = this.#below(12) === 0 ? this.#varint() : varint(BigInt(inner.length));
    return Buffer.concat([length, inner]);
  }

  #varint(): Buffer {
    const bits = BigInt(this.#below(65));
    const value = (BigInt(this.#below(2 ** 31)) * 0x1_0000_0001n) & ((1n << bits) - 1n);
    // Now and then one that never ends.
    return this.#below(20) === 0 ? Buffer.alloc(9 + this.#below(3), 0xff) : varint(value);
  }

  #one(from: readonly Buffer[]): Buffer {
    return from[this.#below(from.length)] as Buffer;
  }

  /** Mulberry32. */
  #below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  }
}

export function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return Buffer.from([...bytes, Number(rest)]);
}

/** A field of the wire type 2. */
export function field(number: number, content: Buffer): Buffer {
  return Buffer.concat([varint(BigInt(number * 8 + 2)), varint(BigInt(content.length)), content]);
}

function goodMessages(): readonly Buffer[] {
  const bag = new Bag(vocabulary)
    .put('source.ip', '2001:db8::1')
    .put('source.port', 41_000)
    .put('source.labels', { app: 'reviews', ['__proto__']: 'ä' })
    .put('destination.service.name', 'ratings')
    .put('request.time', 1_900_000_000_123_456)
    .put('connection.mtls', true)
    .put('response.duration', 1_500);
  const client = { id: 'client' };
  const batch = new ReportBatch();
  batch.add(bag);
  batch.add(new Bag(vocabulary).put('request.path', '/'));
  const ask = { handler: 'limit', quota: 'requests', dimensions: '{"user":"zoe"}', amount: 5, holding: 1 };
  const charge = {
    quota: 'requests',
    handler: 'limit',
    amount: 1,
    dimensions: { user: 'zoe' },
    onError: 'deny',
    lease: { amount: 5, duration: 1_000 },
  } as const;
  return [
    encodeCheckRequest({
      bag,
      quotas: { requests: { amount: 1, bestEffort: true } },
      dedupId: 'one',
      globalWords: 222,
      client,
      leases: [ask],
      refill: false,
    }),
    batch.finish({ client, batchId: 'client.1', losses: { records: 7 } }),
    encodeCheckReply(
      {
        status: ok,
        validity: { duration: 5_000, uses: 10_000 },
        references: [
          { name: 'source.ip', present: true },
          { name: 'source.labels', key: 'app', present: false },
          { name: 'source.labels', present: true, whole: true },
        ],
        requestHeaders: [{ operation: 'append', name: 'x-user', value: 'zoe' }],
        responseHeaders: [],
        directResponse: { code: 503, body: 'closed', headers: { 'retry-after': '5' } },
        quotas: { requests: { granted: 1, status: ok } },
        krater: {
          decision: 'mixer.1',
          node: 'mixer',
          snapshot: 'abc',
          epochs: [{ handler: 'list', epoch: 1 }],
          charges: [charge],
          retryAfter: 500,
          standing: { limit: 5, remaining: 4, resetAfter: 900 },
        },
      },
      111,
      vocabulary,
    ),
    encodeWatchRequest({ client }),
    encodeWatchUpdate({
      node: 'mixer',
      snapshot: 'abc',
      generation: 1,
      epochs: [{ handler: 'list', epoch: 1 }],
      failureTable: [{ namespace: 'shop', attribute: 'request.method', value: 'GET' }],
      draining: false,
    }),
  ];
}
