import type { ChannelOptions } from '@grpc/grpc-js';
import { longestMessage } from '../protocol/message.ts';

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

/** Bytes of the longest message: a character is three of them at most. */
const longest = 3 * longestMessage;

export const channelOptions: ChannelOptions = {
  'grpc.max_receive_message_length': longest,
  'grpc.max_send_message_length': longest,
};
