import { KraterError } from '@krater/documents';
import type { Container } from 'inversify';
import type { ServiceEnv } from '../env.ts';
import type { Needs, Service, Token } from '../token.ts';
import type { AdapterGauges } from './adapter-gauges.ts';
import type { Ambient } from './ambient.ts';
import { type Environment, serviceEnvironment } from './environment.ts';
import type { HandlerPlan } from './handler.ts';
import { messageOf } from './thrown.ts';

/**
 * The services that adapters need: one of each per process, made on first need and closed last, in reverse order.
 * What the operator passes, or chooses for a handler, stands over what packages offer.
 */
export class ServiceDirectory {
  readonly #container: Container;
  readonly #ambient: Ambient;
  readonly #gauges: AdapterGauges;
  readonly #offered = new Set<Token<unknown>>();
  /** What operators have chosen, each under a name of its own: the same one is made once, whoever uses it. */
  readonly #chosen = new Map<Service, Token<unknown>>();
  readonly #made: { service: Service; value: unknown; environment: Environment<ServiceEnv> }[] = [];

  constructor(container: Container, own: readonly Service[], ambient: Ambient, gauges: AdapterGauges) {
    this.#container = container;
    this.#ambient = ambient;
    this.#gauges = gauges;
    this.offer(own);
  }

  /** Adds services; the first offer for a token stands. */
  offer(services: readonly Service[]): void {
    for (const service of services) {
      if (this.#offered.has(service.token)) continue;
      this.#offered.add(service.token);
      this.#bind(service, service.token);
    }
  }

  #bind(service: Service, token: Token<unknown>): void {
    this.#container.bind(token).toResolvedValue(() => this.#make(service, token));
  }

  #choose(service: Service): Token<unknown> {
    const known = this.#chosen.get(service);
    if (known !== undefined) return known;
    const token = Symbol(service.token.description) as unknown as Token<unknown>;
    this.#chosen.set(service, token);
    this.#bind(service, token);
    return token;
  }

  async find(needs: Needs, chosen: HandlerPlan['services']): Promise<Record<string, unknown>> {
    const found: Record<string, unknown> = {};
    for (const [name, token] of Object.entries(needs)) {
      const choice = chosen.get(name);
      if (choice !== undefined) {
        found[name] = await this.#container.getAsync(this.#choose(choice.service));
        continue;
      }
      if (!this.#offered.has(token)) {
        throw new KraterError('SERVICE_UNKNOWN', `no package offers the service "${token.description}"`);
      }
      found[name] = await this.#container.getAsync(token);
    }
    return found;
  }

  async #make(service: Service, token: Token<unknown>): Promise<unknown> {
    const environment = serviceEnvironment(service.token.description, this.#ambient, this.#gauges);
    try {
      const value = await service.create(environment.env);
      this.#made.push({ service, value, environment });
      return value;
    } catch (error) {
      environment.end();
      // The container would remember the failure for good; the next configuration may try again.
      await this.#container.unbind(token);
      this.#bind(service, token);
      const message = `service "${service.token.description}": ${messageOf(error)}`;
      throw new KraterError('SERVICE_CREATE_FAILED', message, { cause: error });
    }
  }

  /** The live service of a token, if anybody needed it so far. */
  live<S>(token: Token<S>): S | undefined {
    return this.#made.find(({ service }) => service.token === token)?.value as S | undefined;
  }

  async close(): Promise<void> {
    for (const { service, value, environment } of this.#made.splice(0).reverse()) {
      try {
        await service.close?.(value);
      } catch (error) {
        this.#ambient.log.error('a service failed to close', {
          service: service.token.description,
          error: messageOf(error),
        });
      }
      environment.end();
    }
  }
}
