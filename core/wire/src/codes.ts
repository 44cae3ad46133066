/** What can go wrong between a Mixer and its clients; spec/errors.md is generated from here. */
export const codes = {
  WIRE_ADDRESS_IN_USE: {
    cause: 'a Mixer was to listen where another process does',
    remedy: 'choose another port or path, or 0 to let the system choose a port',
  },
  WIRE_BAD_CERTIFICATE: {
    cause: 'the files of a certificate are missing, are no PEM, or do not belong together',
    remedy: 'follow the message; the key must be the one that the certificate was made for',
  },
  WIRE_BAD_MESSAGE: {
    cause: 'a message is no protobuf of its kind, or exceeds a bound; the error names the field',
    remedy: 'correct the program that sent it: the messages are those of istio.mixer.v1 in core/wire/proto',
  },
  WIRE_CANNOT_LISTEN: {
    cause: 'the system refused to open the port or the socket',
    remedy: 'listen on 127.0.0.1 and a port above 1023, or on a path in a folder that you may write',
  },
  WIRE_NAMESPACE_NEEDED: {
    cause:
      'a Mixer was to listen where anybody may reach it, so that callers could choose whose rules apply to them',
    remedy: 'name the namespace that it serves, ask clients for certificates, or listen on loopback',
  },
  WIRE_UNKNOWN_DICTIONARY: {
    cause: 'a client uses more global words than the Mixer knows',
    remedy: 'update the Mixer, or let the client fall back to fewer words, as the answer tells it to',
  },
} as const satisfies Record<string, { cause: string; remedy: string }>;
