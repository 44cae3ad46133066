/** One story that must go the same way wherever the Mixer runs: what is asked, in order, and what comes of it. */
export interface PlacementCase {
  /** A sentence about behaviour. */
  readonly name: string;
  readonly config: string;
  readonly calls: readonly PlacementCall[];
  /** Records told after the calls, and what the recording adapter was handed. */
  readonly reports?: readonly Attributes[];
  readonly recorded?: readonly unknown[];
}

export interface Attributes {
  readonly [name: string]: unknown;
}

export interface PlacementCall {
  readonly attributes: Attributes;
  readonly namespace?: string;
  readonly quotas?: { readonly [name: string]: { readonly amount: number; readonly bestEffort?: boolean } };
  /** `CODE`, or `CODE: message`. */
  readonly says: string;
  readonly request?: readonly string[];
  readonly response?: readonly string[];
  readonly direct?: { readonly code: number; readonly body?: string };
  /** What the caller's own quotas were granted, by name. */
  readonly granted?: { readonly [name: string]: number };
  readonly charges?: readonly string[];
  /** Limit and what remains of it. */
  readonly standing?: readonly [limit: number, remaining: number];
}

const rule = (name: string, spec: string, namespace?: string) => `---
apiVersion: krater.dev/v1
kind: Rule
metadata: { name: ${name}${namespace === undefined ? '' : `, namespace: ${namespace}`} }
spec:
${spec.replace(/^/gm, '  ')}
`;

const denies = (message: string, params = '') => `actions:
- handler: { adapter: denier, params: { message: ${message}${params} } }
  instances: [{ name: it, template: checknothing }]`;

const lists = (value: string, params = 'entries: [mallory]') => `actions:
- handler: { adapter: denylist, params: { ${params} } }
  instances: [{ name: it, template: listentry, params: { value: ${JSON.stringify(value)} } }]`;

const limits = (limit: number, more = '') => `actions:
- handler: { adapter: memquota, params: { quotas: [{ name: requests, limit: ${limit}, window: 10s }] } }
  instances:
  - name: requests
    template: quota
    params: { dimensions: { user: 'request.headers["user"] | "anonymous"' }${more} }`;

const headers = (user: string) => ({ 'request.headers': { user } });

export const placementCases: readonly PlacementCase[] = [
  {
    name: 'a request that no rule concerns is allowed',
    config: rule('r', `match: destination.service.name == "ratings"\n${denies('no')}`),
    calls: [
      { attributes: {}, says: 'OK' },
      { attributes: { 'destination.service.name': 'details' }, says: 'OK' },
    ],
  },
  {
    name: "a refusal carries the rule's code and message",
    config: rule(
      'r',
      `match: destination.service.name == "ratings"\n${denies('who are you', ', code: UNAUTHENTICATED')}`,
    ),
    calls: [{ attributes: { 'destination.service.name': 'ratings' }, says: 'UNAUTHENTICATED: who are you' }],
  },
  {
    name: 'the first refusal in order of priority wins',
    config:
      rule('a', `match: true\npriority: 1\n${denies('low')}`) +
      rule('b', `match: true\npriority: 9\n${denies('high')}`),
    calls: [{ attributes: {}, says: 'PERMISSION_DENIED: high' }],
  },
  {
    name: 'a refusal can be a response of its own',
    config: rule('r', `match: true\n${denies('teapot', ', response: { code: 418, body: short and stout }')}`),
    calls: [
      { attributes: {}, says: 'PERMISSION_DENIED: teapot', direct: { code: 418, body: 'short and stout' } },
    ],
  },
  {
    name: 'header operations come in rule order, on an allow only',
    config:
      rule(
        'a',
        `match: true
requestHeaderOperations:
- { name: x-user, values: ['request.headers["user"] | "nobody"'] }
- { name: x-old, operation: remove }
responseHeaderOperations:
- { name: x-served-by, values: ['"krater"'], operation: append }`,
      ) + rule('b', `match: request.headers["user"] == "mallory"\nonMissing: skip\n${denies('no')}`),
    calls: [
      {
        attributes: headers('zoe'),
        says: 'OK',
        request: ['replace x-user zoe', 'remove x-old'],
        response: ['append x-served-by krater'],
      },
      { attributes: headers('mallory'), says: 'PERMISSION_DENIED: no' },
      {
        attributes: {},
        says: 'OK',
        request: ['replace x-user nobody', 'remove x-old'],
        response: ['append x-served-by krater'],
      },
    ],
  },
  {
    name: 'an absent attribute, an absent key and an empty one are told apart',
    config:
      rule('absent', `match: (source.user | "nobody") == "nobody"\n${denies('no user')}`) +
      rule('key', `match: request.headers["a"] == ""\nonMissing: skip\n${denies('no key')}`),
    calls: [
      { attributes: {}, says: 'PERMISSION_DENIED: no user' },
      { attributes: { 'source.user': '' }, says: 'OK' },
      { attributes: { 'source.user': 'x', 'request.headers': {} }, says: 'PERMISSION_DENIED: no key' },
      { attributes: { 'source.user': 'x', 'request.headers': { a: '1' } }, says: 'OK' },
      { attributes: { 'source.user': 'x', 'request.headers': { a: '' } }, says: 'PERMISSION_DENIED: no key' },
    ],
  },
  {
    name: 'every type of value arrives as it was',
    config: rule(
      'r',
      `match: >-
  source.port == 9007199254740993 && connection.mtls && request.time == timestamp("2026-01-02T03:04:05.678901Z")
  && source.ip == ip("10.0.0.1") && !(request.headers["__proto__"] == "polluted")
onMissing: skip
${denies('exactly')}`,
    ),
    calls: [
      {
        attributes: {
          'source.port': 9007199254740993n,
          'connection.mtls': true,
          'request.time': '2026-01-02T03:04:05.678901Z',
          'source.ip': '::ffff:10.0.0.1',
          'request.headers': { __proto__: 'x', constructor: 'y' },
        },
        says: 'PERMISSION_DENIED: exactly',
      },
      {
        attributes: {
          'source.port': 9007199254740992n,
          'connection.mtls': true,
          'request.time': '2026-01-02T03:04:05.678901Z',
          'source.ip': '10.0.0.1',
          'request.headers': {},
        },
        says: 'OK',
      },
    ],
  },
  {
    name: 'an address is the same in both of its spellings',
    config: rule('r', `match: true\n${lists('source.ip', 'entries: ["10.0.0.0/8"], type: cidr')}`),
    calls: [
      { attributes: { 'source.ip': '10.1.2.3' }, says: 'PERMISSION_DENIED: "10.1.2.3" is on the list' },
      {
        attributes: { 'source.ip': '::ffff:10.1.2.3' },
        says: 'PERMISSION_DENIED: "10.1.2.3" is on the list',
      },
      { attributes: { 'source.ip': '192.168.0.1' }, says: 'OK' },
      { attributes: { 'source.ip': '2001:db8::1' }, says: 'OK' },
    ],
  },
  {
    name: 'a match may be JSON Logic',
    config: rule(
      'r',
      `match: { and: [{ "==": [{ var: destination.service.name }, ratings] }, { in: [{ var: [request.method, GET] }, [PUT, POST]] }] }
onMissing: skip
${denies('read only')}`,
    ),
    calls: [
      {
        attributes: { 'destination.service.name': 'ratings', 'request.method': 'PUT' },
        says: 'PERMISSION_DENIED: read only',
      },
      { attributes: { 'destination.service.name': 'ratings' }, says: 'OK' },
    ],
  },
  {
    name: 'whole maps count with all their keys',
    config: rule(
      'r',
      `match: true
actions:
- handler:
    adapter: jsonlogic
    params: { message: no, policy: { "==": [{ var: [subject.properties.headers.role, none] }, admin] } }
  instances:
  - name: it
    template: authorization
    params: { subject: { properties: { headers: request.headers } } }`,
    ),
    calls: [
      { attributes: { 'request.headers': { role: 'admin' } }, says: 'OK' },
      { attributes: { 'request.headers': { role: 'user', more: 'x' } }, says: 'PERMISSION_DENIED: no' },
      { attributes: { 'request.headers': {} }, says: 'PERMISSION_DENIED: no' },
      { attributes: { 'request.headers': { role: 'admin', more: 'x' } }, says: 'OK' },
    ],
  },
  {
    name: 'rules see what producers make of a request, whatever the client sent',
    config: `---
apiVersion: krater.dev/v1
kind: AttributeManifest
metadata: { name: teams }
spec: { attributes: { team.name: { type: STRING } } }
${rule(
  'teams',
  `match: true
actions:
- handler: { adapter: recorder }
  instances:
  - { name: team, template: lookup, params: { key: source.user | "nobody" }, attributes: { team.name: 'output.value["team"]' } }`,
)}${rule('use', `match: team.name == "team of zoe"\n${denies('not this team')}`)}`,
    calls: [
      { attributes: { 'source.user': 'zoe' }, says: 'PERMISSION_DENIED: not this team' },
      { attributes: { 'source.user': 'ada' }, says: 'OK' },
    ],
  },
  {
    name: 'a quota is granted until it is exhausted, for each combination of dimensions',
    config: rule('r', `match: true\n${limits(2)}`),
    calls: [
      {
        attributes: headers('zoe'),
        says: 'OK',
        charges: ['1 of requests {"user":"zoe"} allow'],
        standing: [2, 1],
      },
      {
        attributes: headers('zoe'),
        says: 'OK',
        charges: ['1 of requests {"user":"zoe"} allow'],
        standing: [2, 0],
      },
      {
        attributes: headers('zoe'),
        says: 'RESOURCE_EXHAUSTED: quota "requests" is exhausted',
        charges: ['1 of requests {"user":"zoe"} allow'],
        standing: [2, 0],
      },
      {
        attributes: headers('ada'),
        says: 'OK',
        charges: ['1 of requests {"user":"ada"} allow'],
        standing: [2, 1],
      },
    ],
  },
  {
    name: 'an amount is what its expression says',
    config: rule('r', `match: true\n${limits(10, ', amount: source.port | 1')}`),
    calls: [
      {
        attributes: { 'source.port': 7 },
        says: 'OK',
        charges: ['7 of requests {"user":"anonymous"} allow'],
        standing: [10, 3],
      },
      {
        attributes: { 'source.port': 7 },
        says: 'RESOURCE_EXHAUSTED: quota "requests" is exhausted',
        charges: ['7 of requests {"user":"anonymous"} allow'],
        standing: [10, 3],
      },
    ],
  },
  {
    name: 'quotas that the caller asks for by name are answered by name',
    config: rule('r', `match: true\n${limits(5)}`),
    calls: [
      {
        attributes: {},
        quotas: { requests: { amount: 3 }, unknown: { amount: 2 } },
        says: 'OK',
        granted: { requests: 3, unknown: 2 },
        charges: ['1 of requests {"user":"anonymous"} allow'],
        standing: [5, 2],
      },
      {
        attributes: {},
        quotas: { requests: { amount: 9, bestEffort: true } },
        says: 'OK',
        granted: { requests: 2 },
        charges: ['1 of requests {"user":"anonymous"} allow'],
        standing: [5, 0],
      },
    ],
  },
  {
    name: 'rules of a namespace concern its own requests, those of the root all',
    config:
      rule('everywhere', `match: request.path == "/root"\n${denies('root')}`) +
      rule('shop', `match: request.path == "/shop"\n${denies('shop')}`, 'shop'),
    calls: [
      { attributes: { 'request.path': '/root' }, namespace: 'shop', says: 'PERMISSION_DENIED: root' },
      { attributes: { 'request.path': '/shop' }, namespace: 'shop', says: 'PERMISSION_DENIED: shop' },
      { attributes: { 'request.path': '/shop' }, namespace: 'other', says: 'OK' },
      { attributes: { 'request.path': '/shop' }, says: 'OK' },
    ],
  },
  {
    name: 'a failing handler means what onError says',
    config:
      rule(
        'strict',
        `match: request.path == "/strict"
actions:
- handler: { adapter: recorder, params: { fails: true } }
  instances: [{ name: it, template: listentry, params: { value: '"x"' } }]`,
      ) +
      rule(
        'lenient',
        `match: request.path == "/lenient"
onError: allow
actions:
- handler: { adapter: recorder, params: { fails: true } }
  instances: [{ name: it, template: listentry, params: { value: '"x"' } }]`,
      ),
    calls: [
      { attributes: { 'request.path': '/strict' }, says: 'UNAVAILABLE: the backend is gone' },
      { attributes: { 'request.path': '/lenient' }, says: 'OK' },
    ],
  },
  {
    name: 'what is told after requests reaches handlers whole, absent fields as unknown',
    config: rule(
      'tell',
      `match: context.reporter.kind == "inbound"
actions:
- handler: { adapter: recorder }
  instances:
  - name: entry
    template: logentry
    params:
      severity: '"info"'
      variables: { user: 'request.headers["user"]', code: response.code, took: response.duration, from: source.ip }`,
    ),
    calls: [],
    reports: [
      {
        'context.reporter.kind': 'inbound',
        'request.headers': { user: 'zoe' },
        'response.code': 200,
        'response.duration': '1.5ms',
        'source.ip': '10.0.0.1',
      },
      { 'context.reporter.kind': 'outbound', 'response.code': 500 },
      { 'context.reporter.kind': 'inbound', 'request.headers': {}, 'response.code': 404 },
    ],
    recorded: [
      {
        name: 'entry',
        severity: 'info',
        variables: { user: 'zoe', code: 200, took: 1500, from: '10.0.0.1' },
      },
      {
        name: 'entry',
        severity: 'info',
        variables: { user: '', code: 404, took: 'unknown', from: 'unknown' },
      },
    ],
  },
];
