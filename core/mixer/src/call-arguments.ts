import { KraterError, nearest } from '@krater/documents';
import type { codes } from './codes.ts';
import type { CheckOptions, ConfigSource, MixerOptions } from './mixer.ts';
import { isMap } from './value.ts';
import { Bag } from './vocabulary/bag.ts';
import type { Vocabulary } from './vocabulary/vocabulary.ts';

/** What a Mixer is called with, checked at its door for those whose compiler does not. */

interface Argument {
  readonly allowed: string;
  is(value: unknown): boolean;
}

const text: Argument = { allowed: 'a text', is: value => typeof value === 'string' && value !== '' };
const flag: Argument = { allowed: 'true or false', is: value => typeof value === 'boolean' };
const duration: Argument = {
  allowed: 'milliseconds above 0',
  is: value => typeof value === 'number' && value > 0,
};
const config: Argument = {
  allowed: 'YAML text, or a list of files { path, text }',
  is: value => typeof value === 'string' || listOf(file => hasTexts(file, 'path', 'text')).is(value),
};

/** An entry for every option: one that is forgotten here does not compile. */
const options: Readonly<Record<keyof MixerOptions, Argument>> = {
  config,
  adapters: {
    allowed: 'a list of adapters, or a resolver { resolve(name, from) }',
    is: value => withMethods('resolve').is(value) || listOf(isAdapter).is(value),
  },
  services: {
    ...listOf(value => typeof value === 'object'),
    allowed: 'a list of what defineService() makes',
  },
  listeners: { ...listOf(value => hasTexts(value, 'name')), allowed: 'a list of { name, supplies }' },
  kinds: { ...listOf(value => hasTexts(value, 'kind')), allowed: 'a list of { kind, schema, apply }' },
  rootNamespace: text,
  strict: flag,
  node: text,
  log: withMethods('debug', 'info', 'warn', 'error'),
  clock: withMethods('now'),
  isolation: withMethods('create'),
  checkDeadline: duration,
  handlerDeadline: duration,
  keepDecisions: {
    allowed: 'a whole number, 0 or more',
    is: value => Number.isInteger(value) && (value as number) >= 0,
  },
};
const required: readonly (keyof MixerOptions)[] = ['config', 'adapters'];

/** Refuses what are no options of `createMixer`. */
export function checkMixerOptions(given: unknown): asserts given is MixerOptions {
  const example = 'write createMixer({ config: yaml, adapters: [denier] })';
  if (!isMap(given)) throw refused('createMixer() takes an object of options', given, example);
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(options, name)) continue;
    const near = nearest(name, Object.keys(options));
    const hint =
      near === undefined ? `there are ${Object.keys(options).join(', ')}` : `did you mean "${near}"?`;
    throw wrong(`createMixer() has no option "${name}"`, hint);
  }
  for (const [name, { allowed, is }] of Object.entries(options)) {
    const value = given[name];
    if (value === undefined && !required.includes(name as keyof MixerOptions)) continue;
    if (is(value)) continue;
    const odd = name === 'adapters' && Array.isArray(value) ? value.findIndex(one => !isAdapter(one)) : -1;
    if (odd < 0) throw refused(`createMixer() takes as ${name} ${allowed}`, value, example);
    const found = (value as readonly unknown[])[odd];
    const isModule = isMap(found) && isAdapter(found['default']);
    const hint = isModule
      ? 'this is its whole module: pass the default export'
      : 'pass what defineAdapter() makes, which is the default export of an adapter package';
    throw refused(`createMixer() takes as adapters[${odd}] an adapter`, found, hint);
  }
}

/** Refuses what is no configuration for `reload`. */
export function checkConfigSource(given: unknown): asserts given is ConfigSource {
  if (!config.is(given)) throw refused(`reload() takes ${config.allowed}`, given);
}

/** Refuses what are no options of a check. The keys are not walked: this runs for every request. */
export function checkCallOptions(given: unknown): void {
  if (typeof given !== 'object' || given === null) throw refused('options are an object', given);
  const { quotas } = given as CheckOptions;
  if (quotas === undefined) return;
  const isQuota = (quota: unknown) => isMap(quota) && typeof quota['amount'] === 'number';
  if (!isMap(quotas) || !Object.values(quotas).every(isQuota))
    throw refused(
      'quotas are an object of { amount } by name',
      quotas,
      'write quotas: { requests: { amount: 1 } }',
    );
}

/** Refuses what is no list of bags. */
export function checkBags(given: unknown): void {
  if (!Array.isArray(given)) throw refused('report() takes a list of bags', given, 'write report([bag])');
}

/**
 * A bag over a vocabulary: itself, or a copy. Only what is not over it already is looked at, so this costs a request
 * nothing; a bag of another copy of this package is a bag too.
 */
export function bagOver(given: Bag, vocabulary: Vocabulary): Bag {
  if (given?.vocabulary === vocabulary) return given;
  const isBag = isMap(given) && Array.isArray(given.values) && isMap(given.vocabulary);
  if (isBag) return Bag.prototype.over.call(given, vocabulary);
  throw refused('the Mixer takes a bag', given, "write mixer.bag().put('request.path', '/')");
}

function listOf(is: (value: unknown) => boolean): Argument {
  return { allowed: 'a list', is: value => Array.isArray(value) && value.every(is) };
}

function withMethods(...names: readonly string[]): Argument {
  const is = (value: unknown) => isMap(value) && names.every(name => typeof value[name] === 'function');
  return { allowed: `an object with the methods ${names.join(', ')}`, is };
}

function hasTexts(value: unknown, ...names: readonly string[]): boolean {
  return isMap(value) && names.every(name => typeof value[name] === 'string');
}

/** Only whether it is meant to be one: what is wrong with it is told where the configuration names it. */
function isAdapter(value: unknown): boolean {
  return hasTexts(value, 'name');
}

function refused(takes: string, found: unknown, hint?: string): KraterError {
  return wrong(`${takes}, found ${shown(found)}`, hint);
}

function wrong(message: string, hint?: string): KraterError {
  const code: keyof typeof codes = 'MIXER_BAD_ARGUMENT';
  return new KraterError(code, message, hint === undefined ? {} : { hint });
}

/** Values of objects may be secrets, so only their keys are told. */
function shown(value: unknown): string {
  if (typeof value === 'string')
    return JSON.stringify(value.length > 40 ? `${value.slice(0, 37)}...` : value);
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  const keys = Object.keys(value);
  const more = keys.length > 5 ? ', …' : '';
  return keys.length === 0 ? 'an empty object' : `an object of ${keys.slice(0, 5).join(', ')}${more}`;
}
