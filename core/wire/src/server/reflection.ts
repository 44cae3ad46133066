import { fileURLToPath } from 'node:url';
import type { Server } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { ReflectionService } from '@grpc/reflection';
import { protoPath } from 'grpc-health-check';

const folder = fileURLToPath(new URL('../../proto', import.meta.url));
const files = ['istio/mixer/v1/mixer.proto', 'krater/mixer/v1/watch.proto'];

/** Lets tools such as grpcurl list the services and make their messages. */
export function addReflection(server: Server): void {
  const loaded = loadSync([...files, protoPath], { includeDirs: [folder], keepCase: true });
  new ReflectionService(loaded).addToServer(server);
}
