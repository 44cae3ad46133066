import type { Server, ServerWritableStream, UntypedServiceImplementation } from '@grpc/grpc-js';
import { service as definition, HealthImplementation } from 'grpc-health-check';

/** The services whose health is told; the empty name is the whole server. */
const services = ['', 'istio.mixer.v1.Mixer', 'krater.mixer.v1.Watch'];

type HealthWatch = ServerWritableStream<{ readonly service: string }, { readonly status: string }>;

/** `grpc.health.v1.Health` of the whole server. */
export class HealthService {
  readonly #health = new HealthImplementation();

  constructor() {
    this.#set('SERVING');
  }

  addTo(server: Server): void {
    this.#health.addToServer({
      addService: (_definition: unknown, methods: UntypedServiceImplementation) =>
        server.addService(definition as never, forKnownServices(methods)),
    } as never);
  }

  drain(): void {
    this.#set('NOT_SERVING');
  }

  #set(status: 'SERVING' | 'NOT_SERVING'): void {
    for (const service of services) this.#health.setStatus(service, status);
  }
}

/** The library remembers every name that somebody ever watched; of those that cannot become known it hears nothing. */
function forKnownServices(methods: UntypedServiceImplementation): UntypedServiceImplementation {
  const watch = methods['watch'] as (call: HealthWatch) => void;
  return {
    ...methods,
    watch(call: HealthWatch) {
      if (services.includes(call.request.service)) watch(call);
      else call.write({ status: 'SERVICE_UNKNOWN' });
    },
  };
}
