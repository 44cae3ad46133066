import type { HandlerHealth, HandlerHost } from '@krater/mixer';

const health: HandlerHealth = {
  mode: 'inline',
  state: 'ready',
  restarts: 0,
  running: 0,
  queued: 0,
  refused: { full: 0, broken: 0, restarting: 0 },
};

/** For a dry run: every handler runs here, whatever its document says, so nothing is started. */
export const dryHost: HandlerHost = {
  create: async (_plan, world) => ({ handlers: await world.create(), health: () => health }),
};
