import type { Instance, Value } from '@krater/mixer';
import type { authorization } from '@krater/templates';
import type { Config, RuleConfig, SubjectConfig } from './config.ts';
import { matchesPath, pathPattern } from './path-pattern.ts';
import { type RequestPath, requestPath } from './request-path.ts';
import { type TextMatcher, textMatcher } from './text-pattern.ts';

type Asked = Instance<typeof authorization>;
type Subject = Partial<NonNullable<Asked['subject']>>;
type Properties = Subject['properties'];
type Action = Partial<NonNullable<Asked['action']>> & { readonly requestPath: RequestPath | undefined };

/** Why a rule does not grant an action. The nearer a rule came to granting it, the better it explains. */
interface Lack {
  readonly progress: number;
  readonly what: string;
}
type Rule = (action: Action) => Lack | undefined;

interface Role {
  readonly name: string;
  readonly rules: readonly Rule[];
  /** Whether somebody has it. */
  readonly holds: ((subject: Subject) => boolean)[];
}

/** Says why a request is refused, or undefined where a role of its subject grants it. */
export type Policy = (asked: Asked) => string | undefined;

/** Compiles roles and bindings. */
export function buildPolicy({ roles, bindings }: Pick<Config, 'roles' | 'bindings'>): Policy {
  const byName = new Map<string, Role>();
  for (const { name, rules } of roles) byName.set(name, { name, rules: rules.map(buildRule), holds: [] });
  for (const { role, subjects } of bindings) byName.get(role)?.holds.push(...subjects.map(buildSubject));
  const all = [...byName.values()];

  return asked => {
    const { subject = {} }: { subject?: Subject | undefined } = asked;
    const { action = {} }: { action?: Omit<Action, 'requestPath'> | undefined } = asked;
    const { path } = action;
    const request = { ...action, requestPath: path ? requestPath(path) : undefined };
    let nearest: { readonly role: string; readonly lack: Lack } | undefined;
    for (const { name, rules, holds } of all) {
      if (!holds.some(matches => matches(subject))) continue;
      for (const rule of rules) {
        const lack = rule(request);
        if (lack === undefined) return undefined;
        if (nearest === undefined || lack.progress > nearest.lack.progress) nearest = { role: name, lack };
      }
    }
    if (nearest !== undefined) return `role ${shown(nearest.role)} does not grant ${nearest.lack.what}`;
    return subject.user ? `user ${shown(subject.user)} has no role` : 'the caller is unknown and has no role';
  };
}

function buildRule({ services, namespaces, paths, methods, properties = {} }: RuleConfig): Rule {
  const patterns = paths?.map(pathPattern);
  const service = services && textMatcher(services);
  const namespace = namespaces && textMatcher(namespaces);
  const method = methods && textMatcher(methods);
  const constraints = propertyMatchers(properties);
  return action => {
    const { requestPath: path } = action;
    if (namespace?.(action.namespace) === false)
      return { progress: 0, what: named('namespace', action.namespace) };
    if (service?.(action.service) === false) return { progress: 1, what: named('service', action.service) };
    if (patterns && !(path && patterns.some(pattern => matchesPath(pattern, path))))
      return { progress: 2, what: named('path', path?.text) };
    if (method?.(action.method) === false)
      return {
        progress: 3,
        what: named('method', action.method) + (path === undefined ? '' : ` on path ${shown(path.text)}`),
      };
    const missing = constraints.find(constraint => !constraint.holds(action.properties));
    return missing && { progress: 4, what: `the value of property ${shown(missing.name)}` };
  };
}

function buildSubject({ anyone, users, groups, properties = {} }: SubjectConfig): (who: Subject) => boolean {
  if (anyone) return () => true;
  const user = users && textMatcher(users);
  const group = groups && textMatcher(groups);
  const constraints = propertyMatchers(properties);
  return who =>
    user?.(who.user) !== false &&
    (group === undefined || groupsOf(who.groups).some(group)) &&
    constraints.every(({ holds }) => holds(who.properties));
}

function propertyMatchers(properties: Readonly<Record<string, readonly string[]>>) {
  return Object.entries(properties).map(([name, written]) => {
    const matches: TextMatcher = textMatcher(written);
    return {
      name,
      holds: (given: Properties) =>
        given !== undefined && Object.hasOwn(given, name) && textsOf(given[name]).some(matches),
    };
  });
}

/** As they come: a JSON list, such as the claims of a token have, or names between commas. */
function groupsOf(written = ''): readonly string[] {
  return listed(written) ?? written.split(',').map(name => name.trim());
}

function textsOf(value: Value | undefined): readonly string[] {
  if (typeof value === 'string') return listed(value) ?? [value];
  return value === undefined || typeof value === 'object' ? [] : [String(value)];
}

function listed(text: string): readonly string[] | undefined {
  if (!text.startsWith('[')) return undefined;
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) ? list.filter(item => typeof item === 'string') : undefined;
  } catch {
    return undefined;
  }
}

function named(what: string, value: string | undefined): string {
  return value ? `${what} ${shown(value)}` : `a request without ${what}`;
}

/** A text in a message: quoted and bounded. */
function shown(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);
}
