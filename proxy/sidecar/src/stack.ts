import type { Layer } from './layer.ts';
import { admission } from './layers/admission.ts';
import { application } from './layers/application.ts';
import { attributes } from './layers/attributes.ts';
import { check } from './layers/check.ts';
import { forwarding } from './layers/forwarding.ts';
import { identity } from './layers/identity.ts';
import { reporting } from './layers/reporting.ts';
import { routing } from './layers/routing.ts';
import { tracing } from './layers/tracing.ts';
import type { Side } from './side.ts';

/** What a request to the sidecar's workload goes through, outermost first. */
export function inboundStack(side: Side): readonly Layer[] {
  return [
    // Outermost: nothing further in sees a request that two readers could understand differently.
    admission(side),
    // Before anything that may refuse, because a refused request is part of its trace too.
    tracing(side),
    // Before the attributes, because who calls is one of them.
    identity(side),
    // Before whoever reads a bag.
    attributes(side),
    // Outside the check, so that refusals are told like everything else, with what the client really got.
    reporting(side),
    // Before anything costs the application work.
    check(side),
    // The only place an allowed request can go.
    application(side),
    // Innermost: it answers with what the application says.
    forwarding(side),
  ];
}

/** What a request of the sidecar's workload to others goes through, outermost first. */
export function outboundStack(side: Side): readonly Layer[] {
  return [
    // Outermost, as inbound: our own application may be relaying somebody's bytes.
    admission(side),
    // The span continues the one that the application was called under.
    tracing(side),
    // Who calls is known here: our own workload.
    attributes(side),
    // Told by the caller's side as well; the check is the destination's.
    reporting(side),
    // Chooses one endpoint; retries, timeouts and faults go between here and the upstream.
    routing(side),
    // Innermost: it vouches for the caller and sends the request.
    forwarding(side),
  ];
}
