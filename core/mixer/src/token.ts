import type { MaybePromise } from './value.ts';

/**
 * Names a service that adapters can `need`. The brand is a registered symbol, so two copies of one package agree.
 * Abstract-constructor typed, because that is what makes inversify infer the service's type from it.
 */
export interface Token<out S> {
  readonly key: symbol;
  readonly description: string;
  readonly '~service'?: S;
}

export function defineToken<S>(name: string): Token<S> {
  return Object.freeze({ key: Symbol.for(`krater:${name}`), description: name });
}

/** A service that a package offers to adapters: one per process, made on first need, closed last. */
export interface Service<S = unknown> {
  readonly token: Token<S>;
  readonly create: (env: import('./env.ts').ServiceEnv) => MaybePromise<S>;
  readonly close?: (service: S) => MaybePromise<void>;
}

/** Declares a service. An operator replaces one by offering another with the same token. */
export function defineService<S>(
  token: Token<S>,
  create: (env: import('./env.ts').ServiceEnv) => MaybePromise<S>,
  close?: (service: S) => MaybePromise<void>,
): Service<S> {
  return close === undefined ? { token, create } : { token, create, close };
}

export type Needs = { readonly [name: string]: Token<unknown> };
export type Services<N extends Needs> = { readonly [K in keyof N]: N[K] extends Token<infer S> ? S : never };
