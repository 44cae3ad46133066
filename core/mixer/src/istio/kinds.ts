/** Kinds that were named after adapters: their spec is the adapter's params. */
const adapterKinds: ReadonlySet<string> = new Set([
  'bypass',
  'circonus',
  'cloudwatch',
  'denier',
  'dogstatsd',
  'fluentd',
  'kubernetesenv',
  'listchecker',
  'memquota',
  'noop',
  'opa',
  'prometheus',
  'rbac',
  'redisquota',
  'servicecontrol',
  'signalfx',
  'solarwinds',
  'stackdriver',
  'statsd',
  'stdio',
  'zipkin',
]);

/** Kinds that were named after templates: their spec is an instance's params. */
const templateKinds: ReadonlySet<string> = new Set([
  'apikey',
  'authorization',
  'checknothing',
  'edge',
  'kubernetes',
  'listentry',
  'logentry',
  'metric',
  'quota',
  'reportnothing',
  'servicecontrolreport',
  'tracespan',
]);

/** Kinds that existed and are not served, with what to do instead. */
export const unsupportedKinds: { readonly [kind: string]: string } = {
  adapter: 'adapters are npm packages here: install one, and name it in a handler',
  template: 'templates are part of adapter packages here: remove the document',
  HTTPAPISpec: 'read what it derived, such as an API key, from request.headers or request.query_params',
  HTTPAPISpecBinding: 'remove it together with its HTTPAPISpec',
  RouteRule: 'routes are not served yet: remove it, or keep it in another folder',
  DestinationPolicy: 'routes are not served yet: remove it, or keep it in another folder',
  EgressRule: 'routes are not served yet: remove it, or keep it in another folder',
};

export const plainKinds = [
  'rule',
  'handler',
  'instance',
  'attributemanifest',
  'QuotaSpec',
  'QuotaSpecBinding',
] as const;
export type PlainKind = (typeof plainKinds)[number];

export function isLegacyHandler(kind: string): boolean {
  return adapterKinds.has(kind);
}

export function isLegacyInstance(kind: string): boolean {
  return templateKinds.has(kind);
}

export const knownKinds: readonly string[] = [
  ...plainKinds,
  ...adapterKinds,
  ...templateKinds,
  ...Object.keys(unsupportedKinds),
];
