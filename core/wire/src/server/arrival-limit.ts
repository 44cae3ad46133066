import { ServerInterceptingCall, type ServerInterceptor, status } from '@grpc/grpc-js';
import type { Ambient } from '@krater/mixer';

/** Ends calls whose message does not arrive in time: grpc-js itself waits until their connection is old. */
export function arrivalLimit(timeout: number, after: Ambient['after']): ServerInterceptor {
  return (_method, call) =>
    new ServerInterceptingCall(call, {
      start(next) {
        const cancel = after(timeout, () => {
          const details = `the request did not arrive in ${timeout} ms`;
          call.sendStatus({ code: status.DEADLINE_EXCEEDED, details, metadata: null });
        });
        next({
          onReceiveHalfClose(proceed) {
            cancel();
            proceed();
          },
          onCancel() {
            cancel();
          },
        });
      },
    });
}
