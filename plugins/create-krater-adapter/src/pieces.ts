import type { SettingName } from './settings.ts';

/** What a new adapter starts with for one template: everything is meant to be changed. */
export interface Piece {
  readonly variety: 'check' | 'quota' | 'report' | 'attributes';
  readonly summary: string;
  readonly setting: SettingName;
  /** What its handler uses of @krater/mixer. */
  readonly imports: readonly string[];
  /** The handler, as a method of what create() returns. */
  readonly handler: string;
  /** How the rules of `npm run dev` fill the template. */
  readonly params: string;
  /** A sentence about the handler, and its proof. */
  readonly claim: string;
  readonly proof: string;
  /** Of a template whose output others read. */
  readonly produces?: Product;
}

/** Whom the rules of `npm run dev` tell what was produced. */
export interface Product {
  /** Document that declares the attribute; left out for one that every configuration knows. */
  readonly manifest?: string;
  /** The attribute, what of the output it is, and what stands for it where there is none. */
  readonly attribute: string;
  readonly output: string;
  readonly otherwise: string;
  /** The request header that a rule puts it into. */
  readonly header: string;
}

const user = `'request.headers["user"] | "anonymous"'`;

/** A report handler: a log line for each instance. */
const told = (template: string, summary: string, params: string, sample: string): Piece => ({
  variety: 'report',
  summary,
  setting: 'level',
  imports: [],
  handler: `${template}(instances) {
  for (const instance of instances) env.log[level]('${template}', { ...instance });
}`,
  params,
  claim: `tells every ${template} that it receives`,
  proof: `await ${template}([${sample}], fakeContext(env));
assert.equal(env.logged.length, 1);`,
});

/** By template, in the order in which they are offered. */
export const pieces: Readonly<Record<string, Piece>> = {
  listentry: {
    variety: 'check',
    summary: 'one value to look up in a list',
    setting: 'refuse',
    imports: ['allow', 'deny'],
    handler: `listentry({ value }) {
  return refuse.includes(String(value)) ? deny('this value is refused') : allow();
}`,
    params: `{ value: ${user} }`,
    claim: 'refuses a value that it was told to refuse',
    proof: `const { status } = await listentry({ name: 'user', value: 'ann' }, fakeContext(env));
assert.equal(status.code, 'PERMISSION_DENIED');`,
  },
  authorization: {
    variety: 'check',
    summary: 'who wants to do what',
    setting: 'refuse',
    imports: ['allow', 'deny'],
    handler: `authorization({ subject }) {
  return refuse.includes(subject?.user ?? '') ? deny('this user is refused') : allow();
}`,
    params: `{ subject: { user: ${user} }, action: { method: request.method, path: request.path } }`,
    claim: 'refuses a user that it was told to refuse',
    proof: `const instance = { name: 'request', subject: { user: 'ann' }, action: undefined };
const { status } = await authorization(instance as never, fakeContext(env));
assert.equal(status.code, 'PERMISSION_DENIED');`,
  },
  authentication: {
    variety: 'check',
    summary: 'a credential that has to be valid',
    setting: 'refuse',
    imports: ['allow', 'deny'],
    handler: `authentication({ credential }) {
  return refuse.includes(credential ?? '') ? deny('this credential is refused', 'UNAUTHENTICATED') : allow();
}`,
    params: `{ credential: ${user} }`,
    claim: 'refuses a credential that it was told to refuse',
    proof: `const { status } = await authentication({ name: 'who', credential: 'ann' }, fakeContext(env));
assert.equal(status.code, 'UNAUTHENTICATED');`,
  },
  checknothing: {
    variety: 'check',
    summary: 'a check that looks at nothing: the rule has already decided',
    setting: 'closed',
    imports: ['allow', 'deny'],
    handler: `checknothing() {
  return closed ? deny('closed') : allow();
}`,
    params: '',
    claim: 'refuses everybody when it is closed',
    proof: `const { status } = await checknothing({ name: 'all' }, fakeContext(env));
assert.equal(status.code, 'PERMISSION_DENIED');`,
  },
  quota: {
    variety: 'quota',
    summary: 'an amount to take, counted by dimensions',
    setting: 'limit',
    imports: ['grant', 'refuse as refuseQuota'],
    handler: `quota(_instance, { amount, bestEffort }) {
  if (amount <= limit) return grant(amount);
  return bestEffort ? grant(limit) : refuseQuota(\`no more than \${limit} at once\`);
}`,
    params: `{ dimensions: { user: ${user} } }`,
    claim: 'grants no more than its limit',
    proof: `const asked = { amount: 3, bestEffort: false, dedupId: '' };
const { granted } = await quota({ name: 'requests', dimensions: {} }, asked, fakeContext(env));
assert.equal(granted, 0);`,
  },
  metric: told(
    'metric',
    'one measured value with its dimensions',
    "{ value: '1', dimensions: { method: request.method, code: response.code } }",
    "{ name: 'requests', value: 1 } as never",
  ),
  logentry: told(
    'logentry',
    'one line of a log, as named variables',
    '{ variables: { method: request.method, path: request.path, code: response.code } }',
    "{ name: 'access', variables: { path: '/' } } as never",
  ),
  tracespan: told(
    'tracespan',
    'one finished span of a trace',
    '{ trace_id: trace.id, span_name: request.path, start_time: request.time, end_time: response.time }',
    "{ name: 'span', trace_id: '1', span_name: '/', start_time: 0, end_time: 1 } as never",
  ),
  reportnothing: told(
    'reportnothing',
    'word that a request matched, and nothing about it',
    '',
    "{ name: 'matched' }",
  ),
  lookup: {
    variety: 'attributes',
    summary: 'a key to look up, answered by a map of strings',
    setting: 'teams',
    imports: ['stringMap'],
    handler: `lookup({ key }) {
  const team = Object.hasOwn(teams, key) ? teams[key] : undefined;
  return { value: stringMap(team === undefined ? [] : [['team', team]]) };
}`,
    params: `{ key: ${user} }`,
    claim: 'knows the team of a key',
    proof: `const { value } = await lookup({ name: 'team', key: 'ann' }, fakeContext(env));
assert.equal(value['team'], 'mesh');`,
    produces: {
      manifest: `apiVersion: krater.dev/v1
kind: AttributeManifest
metadata: { name: team }
spec: { attributes: { staff.team: { type: STRING, description: whom the caller works with } } }
`,
      attribute: 'staff.team',
      output: 'output.value["team"]',
      otherwise: 'none',
      header: 'x-team',
    },
  },
  identity: {
    variety: 'attributes',
    summary: 'a credential, answered by whom it speaks for',
    setting: 'refuse',
    imports: [],
    handler: `identity({ credential }) {
  const known = credential !== undefined && !refuse.includes(credential);
  const unsaid = { audiences: undefined, presenter: undefined, claims: undefined, raw_claims: undefined };
  return { principal: known ? credential : undefined, ...unsaid };
}`,
    params: `{ credential: ${user} }`,
    claim: 'knows nobody by a credential that it was told to refuse',
    proof: `const { principal } = await identity({ name: 'who', credential: 'ann' }, fakeContext(env));
assert.equal(principal, undefined);`,
    produces: {
      attribute: 'request.auth.principal',
      output: 'output.principal',
      otherwise: 'nobody',
      header: 'x-principal',
    },
  },
};
