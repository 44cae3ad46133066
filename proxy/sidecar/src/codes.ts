/** What can go wrong when a sidecar is made; spec/errors.md is generated from here. */
export const codes = {
  PROXY_PORT_IN_USE: {
    cause: 'a sidecar was to listen on a port that another process has',
    remedy: "set another port in the Service's workloads[].sidecar, or 0 to let the system choose",
  },
  PROXY_CANNOT_LISTEN: {
    cause: 'the system refused to open the port, such as one below 1024 or an address of another machine',
    remedy: 'listen on 127.0.0.1 and on a port above 1023',
  },
  PROXY_UNKNOWN_WORKLOAD: {
    cause: 'a sidecar was asked for a workload that no Service declares',
    remedy: 'declare it in the workloads of a Service, or start the sidecar with a declared name',
  },
  PROXY_UNKNOWN_ATTRIBUTE: {
    cause: 'the vocabulary lacks an attribute that sidecars supply',
    remedy: 'do not replace the standard vocabulary; extend it with an AttributeManifest',
  },
  PROXY_WEAK_PEER_KEY: {
    cause: 'the key under which sidecars vouch for their callers is short enough to be guessed',
    remedy: 'use at least 16 random bytes, the same for all sidecars',
  },
} as const satisfies Record<string, { cause: string; remedy: string }>;
