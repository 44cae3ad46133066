import type { ChannelOptions } from '@grpc/grpc-js';

const serialize = (text: string) => Buffer.from(text);
const deserialize = (bytes: Buffer) => bytes.toString();

/** The one method of a remote isolate: a stream of protocol messages each way, each the UTF-8 of its JSON. */
export const serveMethod = {
  path: '/krater.isolation.v1.Isolate/Serve',
  requestStream: true,
  responseStream: true,
  requestSerialize: serialize,
  requestDeserialize: deserialize,
  responseSerialize: serialize,
  responseDeserialize: deserialize,
} as const;

/** Bytes of the longest message. */
const longest = 32 * 1024 * 1024;

export const channelOptions: ChannelOptions = {
  'grpc.max_receive_message_length': longest,
  'grpc.max_send_message_length': longest,
};
