import type { MaybePromise } from './value.ts';

/**
 * Names a service that adapters can `need`. At run time it is a registered symbol, so two copies of one package agree;
 * to the compiler it is an abstract class, from which the service's type is inferred wherever the token goes.
 */
export interface Token<out S> {
  new (...args: never): S;
  readonly description: string;
  readonly '~service'?: S;
}

export function defineToken<S>(name: string): Token<S> {
  return Symbol.for(`krater:${name}`) as unknown as Token<S>;
}

/** A service that a package offers to adapters: one per process, made on first need, closed last. */
export interface Service<S = unknown> {
  readonly token: Token<S>;
  readonly create: (env: import('./env.ts').ServiceEnv) => MaybePromise<S>;
  close?(service: S): MaybePromise<void>;
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
