import { type ConfigProblem, duration, z } from '@krater/mixer';
import { coversPath, pathPattern, pathPatternProblem } from './path-pattern.ts';
import { covers, textPattern, textPatternProblem } from './text-pattern.ts';

const patterns = z.array(z.string()).min(1);
const properties = z.record(z.string().min(1), patterns);

const rule = z.strictObject({
  services: patterns.optional().describe('of action.service; any if left out, as with all of these'),
  namespaces: patterns.optional().describe('of action.namespace'),
  paths: patterns.optional().describe('of action.path: /exact, /prefix/*, *.suffix, /products/{id}'),
  methods: patterns.optional().describe('of action.method'),
  properties: properties.optional().describe('of action.properties: by name the values that are granted'),
});

const subject = z.strictObject({
  anyone: z.literal(true).optional().describe('everybody, also who is not known'),
  users: patterns.optional().describe('of subject.user; "*" is everybody who is known'),
  groups: patterns.optional().describe('of one of subject.groups'),
  properties: properties.optional().describe('of subject.properties: by name the values that are meant'),
});

export const config = z.strictObject({
  mode: z
    .enum(['enforce', 'permissive'])
    .default('enforce')
    .describe('permissive allows everything, and counts and logs what would be refused'),
  roles: z
    .array(z.strictObject({ name: z.string().min(1), rules: z.array(rule).min(1) }))
    .describe('what a role grants: whatever one of its rules matches'),
  bindings: z
    .array(z.strictObject({ role: z.string().min(1), subjects: z.array(subject).min(1) }))
    .describe('who has a role: whoever one of the subjects matches'),
  validity: z
    .strictObject({ duration: duration('5m'), uses: z.int().min(0).default(10_000) })
    .prefault({})
    .describe('how long and how often an answer may be reused'),
});

export type Config = z.output<typeof config>;
export type RuleConfig = z.output<typeof rule>;
export type SubjectConfig = z.output<typeof subject>;

type Path = readonly (string | number)[];

/** What the shape alone cannot say. */
export function checkConfig({ roles, bindings }: Config, problem: ConfigProblem): void {
  const names = new Set<string>();
  for (const [index, { name, rules }] of roles.entries()) {
    if (names.has(name)) problem(['roles', index, 'name'], `two roles are called ${JSON.stringify(name)}`);
    names.add(name);
    for (const [number, rule] of rules.entries()) checkRule(rule, ['roles', index, 'rules', number], problem);
  }
  for (const [index, { role, subjects }] of bindings.entries()) {
    if (!names.has(role)) {
      const known = [...names].map(name => JSON.stringify(name)).join(', ') || 'none';
      problem(['bindings', index, 'role'], `unknown role ${JSON.stringify(role)}; there are: ${known}`);
    }
    for (const [number, subject] of subjects.entries())
      checkSubject(subject, ['bindings', index, 'subjects', number], problem);
  }
}

function checkRule(rule: RuleConfig, at: Path, problem: ConfigProblem): void {
  checkTexts(rule.services, [...at, 'services'], problem);
  checkTexts(rule.namespaces, [...at, 'namespaces'], problem);
  checkPatterns(rule.paths, [...at, 'paths'], problem, {
    problemOf: pathPatternProblem,
    covers: (one, other) => coversPath(pathPattern(one), pathPattern(other)),
  });
  checkTexts(rule.methods, [...at, 'methods'], problem);
  for (const [index, method] of (rule.methods ?? []).entries()) {
    if (/^(get|head|post|put|patch|delete|options)$/i.test(method) && method !== method.toUpperCase())
      problem(
        [...at, 'methods', index],
        `method "${method}" is never asked for`,
        `write ${method.toUpperCase()}`,
      );
  }
  checkProperties(rule.properties, [...at, 'properties'], problem);
}

function checkSubject(subject: SubjectConfig, at: Path, problem: ConfigProblem): void {
  const { anyone, users, groups, properties } = subject;
  const conditions = [users, groups, ...Object.values(properties ?? {})].filter(Boolean).length;
  if (anyone === undefined && conditions === 0)
    problem(at, 'a subject without a condition', 'write anyone: true if everybody is meant');
  if (anyone !== undefined && conditions > 0)
    problem([...at, 'anyone'], 'a subject that is anyone has no other conditions', 'remove one of them');
  checkTexts(users, [...at, 'users'], problem);
  checkTexts(groups, [...at, 'groups'], problem);
  checkProperties(properties, [...at, 'properties'], problem);
}

function checkProperties(properties: RuleConfig['properties'], at: Path, problem: ConfigProblem): void {
  for (const [name, written] of Object.entries(properties ?? {})) checkTexts(written, [...at, name], problem);
}

function checkTexts(written: readonly string[] | undefined, at: Path, problem: ConfigProblem): void {
  checkPatterns(written, at, problem, {
    problemOf: textPatternProblem,
    covers: (one, other) => covers(textPattern(one), textPattern(other)),
  });
}

interface Grammar {
  readonly problemOf: (written: string) => string | undefined;
  readonly covers: (written: string, other: string) => boolean;
}

/** A list of 10,000 users has no patterns, so only those that are patterns are compared with all. */
function checkPatterns(
  written: readonly string[] | undefined,
  at: Path,
  problem: ConfigProblem,
  { problemOf, covers }: Grammar,
): void {
  const seen = new Map<string, number>();
  const wide: number[] = [];
  for (const [index, pattern] of (written ?? []).entries()) {
    const wrong = problemOf(pattern);
    if (wrong !== undefined) {
      problem([...at, index], wrong);
      continue;
    }
    if (seen.has(pattern)) problem([...at, index], `${JSON.stringify(pattern)} stands twice`);
    else if (/[*{]/.test(pattern)) wide.push(index);
    seen.set(pattern, index);
  }
  for (const [pattern, index] of seen) {
    const wider = wide.find(other => other !== index && covers(written?.[other] as string, pattern));
    if (wider !== undefined)
      problem(
        [...at, index],
        `${JSON.stringify(pattern)} changes nothing: ${JSON.stringify(written?.[wider])} matches all of it`,
        'remove one of them',
      );
  }
}
