/** The methods of a Mixer's gRPC port, by their HTTP/2 paths. */
export const methods = {
  check: '/istio.mixer.v1.Mixer/Check',
  report: '/istio.mixer.v1.Mixer/Report',
  /** Our own: server streaming, from `krater.mixer.v1.WatchRequest` to `krater.mixer.v1.WatchUpdate`. */
  watch: '/krater.mixer.v1.Watch/Watch',
} as const;

export type Method = keyof typeof methods;

export const methodByPath: ReadonlyMap<string, Method> = new Map(
  Object.entries(methods).map(([method, path]) => [path, method as Method]),
);
