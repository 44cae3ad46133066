import { parseIpAddress } from '@krater/mixer';

/** The 4 or 16 bytes of an address in canonical text. */
export function ipToBytes(text: string): Uint8Array {
  if (!text.includes(':')) return Uint8Array.from(text.split('.', 4), Number);
  const [head = '', tail] = text.split('::');
  const before = groups(head);
  const after = tail === undefined ? [] : groups(tail);
  const bytes = new Uint8Array(16);
  for (const [index, group] of before.entries()) put(bytes, index, group);
  for (const [index, group] of after.entries()) put(bytes, 8 - after.length + index, group);
  return bytes;
}

/** Canonical text; undefined where there are neither 4 nor 16 bytes. */
export function ipFromBytes(bytes: Uint8Array): string | undefined {
  if (bytes.length === 4) return bytes.join('.');
  if (bytes.length !== 16) return undefined;
  const texts: string[] = [];
  for (let index = 0; index < 16; index += 2)
    texts.push((((bytes[index] as number) << 8) | (bytes[index + 1] as number)).toString(16));
  return parseIpAddress(texts.join(':'));
}

function groups(text: string): readonly number[] {
  return text === '' ? [] : text.split(':').map(group => Number.parseInt(group, 16));
}

function put(bytes: Uint8Array, index: number, group: number): void {
  bytes[index * 2] = group >> 8;
  bytes[index * 2 + 1] = group & 0xff;
}
