/** What can go wrong when a sidecar is made, and the reasons of its own replies; spec/errors.md is generated from here. */
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
  MALFORMED_REQUEST: {
    cause: 'a request that two readers could understand differently; its connection is closed (400)',
    remedy: 'correct what the message names: the host, the form of the target, or how the body is framed',
  },
  NO_ENDPOINT: {
    cause: 'the service has no workload that runs, or no application is known behind the sidecar (503)',
    remedy: 'start the application, or give its workload an address: krater status shows which are there',
  },
  NO_ROUTE: {
    cause: 'the Host header names no declared service (404)',
    remedy: 'correct the Host header, or declare the name in the hosts of a Service',
  },
  UPSTREAM_MALFORMED: {
    cause: 'the application sent what is no HTTP response (502)',
    remedy: 'look for what else listens on its port, or for a bug in how it writes responses',
  },
  UPSTREAM_OVERFLOW: {
    cause: 'all connections that an endpoint may have are in use (503)',
    remedy: 'send fewer requests at a time, or run more workloads of the service',
  },
  UPSTREAM_RESET: {
    cause: 'the application closed the connection before it answered (502)',
    remedy: 'look into its log: it crashed, or closes idle connections sooner than it says',
  },
  UPSTREAM_UNREACHABLE: {
    cause: 'no connection to the application came about in time (503)',
    remedy: 'start the application, or correct the address of its workload',
  },
} as const satisfies Record<string, { cause: string; remedy: string }>;
