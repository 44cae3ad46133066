import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parseAddress, parseRange } from '../src/address.ts';

/** Against ipaddr.js, which is too slow to read 100,000 IPv6 ranges at once or to stand in a request's path. */
const test = suite('addresses');
const numRuns = Number(process.env['FUZZ_CASES'] ?? 2_000);

const ipv6Text = fc
  .tuple(fc.array(fc.oneof(fc.constant(0), fc.nat(0xffff)), { minLength: 8, maxLength: 8 }), fc.boolean())
  .map(([parts, long]) => {
    const address = new ipaddr.IPv6(parts);
    return long ? address.toNormalizedString() : address.toString();
  });
/** ipaddr.js takes the long deprecated IPv4-compatible form, such as ::10.0.0.1, for the IPv4-mapped one. */
const ipv6 = fc.ipV6().filter(address => !/^::[0-9.]*$/.test(address));
const text = fc.oneof(
  ipv6Text,
  ipv6,
  fc.ipV4(),
  fc.ipV4().map(address => `::ffff:${address}`),
);

const bytesOf = (address: string) => {
  const parsed = ipaddr.process(address);
  return parsed.toByteArray().reduce((value, byte) => value * 256n + BigInt(byte), 0n);
};

test('are read as ipaddr.js reads them', () =>
  fc.assert(
    fc.property(text, address => {
      const parsed = parseAddress(address);
      assert.is(parsed?.family, ipaddr.process(address).kind() === 'ipv4' ? 4 : 6);
      assert.is(BigInt(parsed?.value ?? -1), bytesOf(address));
    }),
    { numRuns },
  ));

test('are in a range if ipaddr.js says so', () =>
  fc.assert(
    fc.property(text, text, fc.nat(128), (network, address, bits) => {
      const width = network.includes(':') ? 128 : 32;
      const prefix = bits % (width + 1);
      const range = parseRange(`${network}/${prefix}`);
      const value = parseAddress(address);
      const [base, other] = [ipaddr.process(network), ipaddr.process(address)];
      const ownBits = base.kind() === 'ipv4' && width === 128 ? prefix - 96 : prefix;
      if (ownBits < 0) return assert.is(range, undefined);
      const inside =
        range?.family === value?.family &&
        range !== undefined &&
        value !== undefined &&
        range.first <= value.value &&
        value.value <= range.last;
      const expected =
        base.kind() === other.kind() && (other as ipaddr.IPv6).match(base as ipaddr.IPv6, ownBits);
      assert.is(inside, expected);
    }),
    { numRuns },
  ));

test('are no other texts, and reading those is no error', () =>
  fc.assert(
    fc.property(
      fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...'0123456789abcdef:./%') })),
      written => {
        const plain =
          ipaddr.IPv4.isValidFourPartDecimal(written) ||
          (written.includes(':') && !written.includes('%') && ipaddr.IPv6.isValid(written));
        if (!plain) assert.is(parseAddress(written), undefined);
        parseRange(written);
      },
    ),
    { numRuns },
  ));

test.run();
