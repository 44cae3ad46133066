import { fileURLToPath } from 'node:url';
import protobuf from 'protobufjs';

const folder = fileURLToPath(new URL('../../proto/', import.meta.url));
const root = new protobuf.Root();
// Google's own messages are part of protobufjs.
root.resolvePath = (_, file) => (protobuf.common.get(file) === null ? folder + file : file);
root.loadSync(['istio/mixer/v1/mixer.proto', 'krater/mixer/v1/watch.proto']);

/** A message of our .proto files, as protobufjs understands it. */
export function typeOf(name: string): protobuf.Type {
  return root.lookupType(name);
}

/** The bytes of a message, written by protobufjs. */
export function written(name: string, message: object): Buffer {
  const type = typeOf(name);
  return Buffer.from(type.encode(type.fromObject(message)).finish());
}

// biome-ignore lint/suspicious/noExplicitAny: what it has is what its .proto says, which is known at run time only
export type Message = any;

/** What protobufjs reads: 64 bits as decimal digits, enums by name, and nothing that was not there. */
export function read(name: string, bytes: Buffer): Message {
  const type = typeOf(name);
  return type.toObject(type.decode(bytes), { longs: String, enums: String, bytes: Array });
}
