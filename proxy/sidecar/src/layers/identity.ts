import type { Exchange } from '../exchange.ts';
import type { Layer } from '../layer.ts';
import type { PeerTokens } from '../peer/peer-token.ts';
import type { Side } from '../side.ts';

/** Finds out which workload calls. The token itself was taken off with everything else that is private to Krater. */
export function identity({ tokens, registry, statistics }: Side): Layer {
  return {
    name: 'identity',
    around: next => exchange => {
      const peer = peerOf(exchange, tokens);
      if (peer !== undefined && registry.workload(peer) !== undefined) exchange.peer = peer;
      else if (exchange.fields.peerToken !== undefined) statistics.unverifiedPeers++;
      next(exchange);
    },
  };
}

/** The one place that says who is calling; whatever proves more than a token takes its place here. */
export function peerOf({ fields, authority }: Exchange, tokens: PeerTokens): string | undefined {
  return fields.peerToken === undefined ? undefined : tokens.verify(fields.peerToken, authority);
}
