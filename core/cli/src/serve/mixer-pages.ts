import type { Mixer } from '@krater/mixer';
import type { Page } from './admin-server.ts';

/** Handlers that are not ready; for everybody to read, so without the reason, which `/status` tells. */
export function handlerAilments(mixer: Mixer): readonly string[] {
  return mixer
    .status()
    .handlers.flatMap(({ name, health }) =>
      health === undefined || health.state === 'ready' ? [] : [`handler ${name} is ${health.state}`],
    );
}

/** What the admin port of a Mixer shows of it: `/config`, `/decisions` (newest first) and `/decisions/ID`. */
export function mixerPages(mixer: Mixer): { readonly [name: string]: Page } {
  return {
    config: () => ({ ...mixer.configuration(), refused: mixer.status().refused }),
    decisions: id => (id === '' ? mixer.decisions().toReversed() : mixer.decision(decodeURIComponent(id))),
  };
}
