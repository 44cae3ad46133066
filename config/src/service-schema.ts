import { z } from '@krater/mixer';
import { unreachable } from './unreachable.ts';

/** Names of services, workloads and namespaces: DNS labels, so that they can stand in host names and in tokens. */
const dnsName = z
  .string()
  .max(63)
  .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/, 'must be lower-case letters, digits and inner dashes')
  .meta({ title: 'name' });

const host = z
  .string()
  .max(253)
  .regex(/^[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?$/, 'must be a host name without a port');

const port = z.int().min(0).max(65535).describe('0 lets the system choose');

const address = z
  .string()
  .regex(/^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_.-]+):\d{1,5}$/, 'must be HOST:PORT, such as "127.0.0.1:9081"')
  .refine(text => Number(text.slice(text.lastIndexOf(':') + 1)) <= 65535, 'has a port above 65535');

const run = z
  .strictObject({
    command: z.array(z.string().min(1)).min(1).describe('program and arguments'),
    env: z.record(z.string(), z.string()).default({}),
    cwd: z.string().optional().describe('relative to the configuration folder'),
  })
  .describe(
    'how `krater up` starts the application: it listens on HOST and PORT and calls other services at KRATER_OUTBOUND (host:port), with their name as Host header; its own name is KRATER_WORKLOAD (all four are environment variables)',
  );

const workload = z
  .strictObject({
    name: dnsName,
    labels: z.record(z.string(), z.string()).default({}),
    serviceAccount: dnsName.optional(),
    address: address
      .optional()
      .describe('where the application listens; port 0 or left out where `run` is given'),
    run: run.optional(),
    sidecar: z.strictObject({ inbound: port.default(0), outbound: port.default(0) }).prefault({}),
  })
  .describe('one instance of a service, behind its own sidecar');

const path = z.string().regex(/^\/[!-~]*$/, 'must be a path, such as "/productpage"');

const traffic = z
  .strictObject({
    path: path.default('/'),
    rate: z.number().positive().max(100).default(2).describe('requests a second'),
    users: z.array(z.string().min(1)).default([]).describe('values of the `user` header, taken in turn'),
  })
  .describe('requests that `krater up` sends, so that a demonstration has something to show');

/** The `spec` of a `Service` document. */
export const serviceSpec = z.strictObject({
  hosts: z
    .array(host)
    .min(1)
    .optional()
    .describe(
      'names by which it is called; by default NAME, NAME.NAMESPACE and NAME.NAMESPACE.svc.cluster.local',
    ),
  protocol: z.enum(['http']).default('http'),
  workloads: z.array(workload).default([]),
  open: path.optional().describe('page for people: `krater up` prints its address'),
  traffic: traffic.optional(),
  unreachable: unreachable.optional(),
  sampling: z.number().min(0).max(1).optional().describe('share of traces that start here and are recorded'),
});

export type ServiceSpec = z.output<typeof serviceSpec>;
export type WorkloadSpec = ServiceSpec['workloads'][number];
