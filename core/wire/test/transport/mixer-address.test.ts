import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parseMixerAddress } from '../../src/transport/mixer-address.ts';

const test = suite('addresses of Mixers');

test('are hosts with ports, IPv6 in brackets, or paths of sockets', () => {
  const tcp = (host: string, port: number, authority: string) => ({ kind: 'tcp', host, port, authority });
  assert.equal(parseMixerAddress('mixer:9091'), tcp('mixer', 9091, 'mixer:9091'));
  assert.equal(parseMixerAddress('10.0.0.1:65535'), tcp('10.0.0.1', 65535, '10.0.0.1:65535'));
  assert.equal(parseMixerAddress('[::1]:9091'), tcp('::1', 9091, '[::1]:9091'));
  assert.equal(parseMixerAddress('unix:/run/m.sock'), {
    kind: 'unix',
    path: '/run/m.sock',
    authority: 'localhost',
  });
});

test('are nothing else', () => {
  const others = [
    '',
    ':9091',
    'mixer',
    'mixer:',
    'mixer:0',
    'mixer:65536',
    'mixer:9091/x',
    'http://mixer:9091',
    '::1:9091',
    '[::1]',
    'unix:',
    'a b:1',
  ];
  for (const text of others) {
    try {
      parseMixerAddress(text);
      assert.unreachable(`"${text}" was taken`);
    } catch (error) {
      assert.is((error as { code?: string }).code, 'WIRE_BAD_ADDRESS', text);
    }
  }
});

test.run();
