import { parseIpAddress } from '@krater/mixer';

/** The 4 or 16 bytes of an address in canonical text. */
export function ipToBytes(text: string): readonly number[] {
  if (!text.includes(':')) return octets(text);
  const [head = '', tail] = text.split('::');
  const before = groups(head);
  const after = tail === undefined ? [] : groups(tail);
  const between = new Array<number>(8 - before.length - after.length).fill(0);
  return [...before, ...between, ...after].flatMap(group => [group >> 8, group & 0xff]);
}

/** Canonical text; undefined where there are neither 4 nor 16 bytes. */
export function ipFromBytes(buffer: Buffer, start: number, end: number): string | undefined {
  if (end - start === 4)
    return `${buffer[start]}.${buffer[start + 1]}.${buffer[start + 2]}.${buffer[start + 3]}`;
  if (end - start !== 16) return undefined;
  const texts: string[] = [];
  for (let index = start; index < end; index += 2) texts.push(buffer.readUInt16BE(index).toString(16));
  return parseIpAddress(texts.join(':'));
}

function octets(text: string): readonly number[] {
  const bytes = [0];
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === 46) bytes.push(0);
    else bytes.push((bytes.pop() as number) * 10 + code - 48);
  }
  return bytes;
}

function groups(text: string): readonly number[] {
  return text === '' ? [] : text.split(':').map(group => Number.parseInt(group, 16));
}
