import { createHook } from 'node:async_hooks';

/** What a process waits for, by the names that Node gives them, and that an adapter could have opened. */
const kinds: ReadonlySet<string> = new Set([
  'Timeout',
  'TCPSERVERWRAP',
  'TCPWRAP',
  'TLSWRAP',
  'PIPESERVERWRAP',
  'PIPEWRAP',
  'UDPWRAP',
  'FSEVENTWRAP',
  'STATWATCHER',
  'MESSAGEPORT',
  'WORKER',
  'PROCESSWRAP',
]);

interface Opened {
  readonly kind: string;
  readonly resource: { hasRef?(): boolean | null };
  readonly place: string;
}

/** Event loop turns that what was closed may take to end. */
const turns = 200;

/** Runs something, and names what it opened and left open: `Timeout made at file:///…/pool.ts:12:5`. */
export async function resourcesLeft(run: () => Promise<void>): Promise<readonly string[]> {
  const opened = new Map<number, Opened>();
  const hook = createHook({
    init(id, kind, _trigger, resource) {
      if (kinds.has(kind)) opened.set(id, { kind, resource, place: placeOfMaking() });
    },
    // A timer that was stopped; sockets are destroyed only with the garbage, but say that they hold nobody up.
    destroy: id => void opened.delete(id),
  }).enable();
  try {
    await run();
    const left = () => [...opened.values()].filter(({ resource }) => resource.hasRef?.() === true);
    for (let turn = 0; turn < turns && left().length > 0; turn++) await new Promise(setImmediate);
    return left().map(({ kind, place }) => `${kind}${place}`);
  } finally {
    hook.disable();
  }
}

/** The nearest line that is neither Node's nor this file's. */
function placeOfMaking(): string {
  const frames = new Error().stack?.split('\n').slice(1) ?? [];
  const frame = frames.find(line => !line.includes('node:') && !line.includes(import.meta.url));
  const place = /\(?((?:file:)?\/[^()]*:\d+:\d+)\)?$/.exec(frame ?? '')?.[1];
  return place === undefined ? '' : ` made at ${place}`;
}
