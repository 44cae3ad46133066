import type { Ambient, BaseEnv } from '@krater/mixer';
import { isolationError } from '../error.ts';
import type { Launched, Launcher } from '../launch/launcher.ts';
import { type Created, protocolVersion, type Request } from '../protocol/message.ts';
import { textOf } from '../protocol/packed-error.ts';
import { Link, type Notice } from './link.ts';
import { Notices } from './notices.ts';
import { RestartDelay } from './restart-delay.ts';
import { Watch } from './watch.ts';

/** A handler that lives in an isolate, as the host knows it. */
export interface Tenant {
  readonly create: Extract<Request, { do: 'create' }>;
  readonly env: Pick<BaseEnv, 'changed' | 'metrics'>;
}

export interface IsolateOptions {
  /** The handler's name: all tenants are configurations of it. */
  readonly name: string;
  readonly adapter: string;
  readonly launcher: Launcher;
  readonly ambient: Ambient;
  /** Milliseconds without a sign of life. */
  readonly timeout: number;
  /** Calls given up and still unanswered, beyond which it is started anew. */
  readonly mostAbandoned: number;
}

/** It is not there, and may come. */
class Away extends Error {}

/** Milliseconds from the launch to the first handler: packages are imported meanwhile. */
const startPatience = 15_000;

/**
 * One supervised thread, process or connection, and the handlers in it: normally one, two during a reload. Whatever
 * ends it (a crash, an exit, silence, too much memory) fails the calls in it, and it is started anew after a pause that
 * grows and is jittered, with the same handlers.
 */
export class Isolate {
  readonly #options: IsolateOptions;
  readonly #notices: Notices;
  readonly #delay: RestartDelay;
  readonly #tenants = new Map<number, Tenant>();
  #live: { readonly launched: Launched; readonly link: Link; readonly watch: Watch } | undefined;
  #starting: Promise<unknown> | undefined;
  #ending: Promise<void> | undefined;
  #cancelRestart = () => {};
  #closed = false;
  /** Handlers that are being created: that may take long, and block meanwhile. */
  #creating = 0;
  #newcomer: number | undefined;
  #restarts = 0;
  #reason: string | undefined;

  constructor(options: IsolateOptions) {
    this.#options = options;
    const { name, ambient } = options;
    this.#notices = new Notices(name, ambient);
    this.#delay = new RestartDelay(ambient);
  }

  /** Creates a handler in it, starting it where it does not run; a throw leaves everything as it was. */
  async admit(tenant: Tenant): Promise<Created> {
    await this.#starting?.catch(() => {});
    const { handler } = tenant.create;
    this.#tenants.set(handler, tenant);
    this.#notices.into(tenant.env.metrics);
    try {
      if (this.#live !== undefined) return await this.#create(tenant, this.#live.link);
      return await this.#start(handler);
    } catch (error) {
      if (error instanceof Away) return { explains: [] };
      this.#tenants.delete(handler);
      throw error;
    }
  }

  /** Closes a handler in it; the isolate itself lives until {@link close}. */
  async dismiss(handler: number): Promise<void> {
    this.#tenants.delete(handler);
    await this.#live?.link.request({ do: 'close', handler });
  }

  get up(): boolean {
    return this.#live !== undefined && this.#starting === undefined;
  }

  /** Asks a handler in it; throws at once while it does not run. */
  request(request: Request, signal: AbortSignal): Promise<unknown> {
    if (this.#live === undefined || this.#starting !== undefined)
      throw isolationError(
        'HANDLER_RESTARTING',
        `handler "${this.#options.name}" is being started anew: ${this.#reason}`,
      );
    const { link } = this.#live;
    if (link.abandoned >= this.#options.mostAbandoned) this.#end(`${link.abandoned} calls in it do not end`);
    return link.request(request, signal);
  }

  /** Answers for the newest handler in it. */
  async #start(newcomer?: number): Promise<Created> {
    this.#cancelRestart();
    this.#newcomer = newcomer;
    const starting = this.#bringUp();
    this.#starting = starting;
    try {
      const created = await starting;
      this.#delay.started();
      return created;
    } finally {
      this.#starting = undefined;
      this.#newcomer = undefined;
    }
  }

  async #bringUp(): Promise<Created> {
    const { link, launched } = await this.#launch();
    const stop = this.#options.ambient.after(
      startPatience,
      () => this.#end('it did not start in time'),
      'awaited',
    );
    try {
      await link.request({ do: 'hello', version: protocolVersion, adapter: this.#options.adapter });
      this.#live?.watch.start();
      // The newest handler is the one that matters: those before it are about to be replaced.
      const [newest, ...others] = [...this.#tenants.values()].reverse();
      if (newest === undefined) throw new Error('its handler was closed');
      const created = await this.#create(newest, link);
      for (const tenant of others) await this.#create(tenant, link).catch(error => this.#complain(error));
      return created;
    } catch (error) {
      if (this.#live?.launched === launched) this.#end(textOf(error));
      throw error;
    } finally {
      stop();
    }
  }

  async #launch(): Promise<{ readonly launched: Launched; readonly link: Link }> {
    const { launcher, ambient, timeout } = this.#options;
    let launched: Launched | undefined;
    let early: string | undefined;
    const link = new Link(
      text => launched?.send(text),
      notice => this.#take(notice),
    );
    try {
      launched = await launcher.launch({
        message: text => this.#receive(link, text),
        line: (stream, text) => this.#printed(stream, text),
        ended(reason) {
          if (launched === undefined) early = reason;
          else ended(launched, reason);
        },
      });
    } catch (error) {
      const away = launcher.mayBeAway === true && (error as Error).name !== 'KraterError';
      // What is only away just now is waited for.
      if (away) this.#newcomer = undefined;
      this.#restartLater(textOf(error));
      throw away ? new Away(textOf(error)) : error;
    }
    const ended = (which: Launched, reason: string) => this.#ended(which, reason);
    const watch = new Watch({
      link,
      launched,
      ambient,
      timeout,
      patience: () =>
        this.#starting === undefined && this.#creating === 0 ? undefined : Math.max(timeout, startPatience),
      memoryLimit: launcher.memoryLimit,
      end: reason => this.#end(reason),
    });
    this.#live = { launched, link, watch };
    if (early !== undefined) this.#ended(launched, early);
    else if (this.#closed) this.#end('its handler was closed');
    return { launched, link };
  }

  async #create(tenant: Tenant, link: Link): Promise<Created> {
    this.#creating++;
    try {
      return (await link.request(tenant.create)) as Created;
    } finally {
      this.#creating--;
    }
  }

  #receive(link: Link, text: string): void {
    try {
      link.receive(text);
    } catch (error) {
      this.#end(`it told what is no message: ${textOf(error)}`);
    }
  }

  #take(notice: Notice): void {
    if ('changed' in notice) {
      for (const { env } of this.#tenants.values()) env.changed();
      return;
    }
    this.#notices.logs(notice.logs, notice.dropped);
    this.#notices.series(notice.series);
  }

  #printed(stream: 'stdout' | 'stderr', text: string): void {
    const { name, ambient } = this.#options;
    ambient.log[stream === 'stdout' ? 'info' : 'warn'](text, { handler: name, stream });
  }

  #complain(error: unknown): void {
    const { name, ambient } = this.#options;
    ambient.log.error('an older handler could not be created again', { handler: name, error: textOf(error) });
  }

  /** Ends it, for a reason of ours. */
  #end(reason: string): void {
    const live = this.#live;
    if (live === undefined) return;
    this.#ended(live.launched, reason);
    this.#ending = live.launched.end().catch(() => {});
  }

  #ended(launched: Launched, reason: string): void {
    const live = this.#live;
    // One that has been given up tells of its end too.
    if (live === undefined || live.launched !== launched) return;
    this.#live = undefined;
    live.watch.stop();
    live.link.end(`what handler "${this.#options.name}" runs in has ended: ${reason}`);
    this.#restartLater(reason);
  }

  #restartLater(reason: string): void {
    const { name, ambient } = this.#options;
    this.#reason = reason;
    // A handler that could not even be created is the configuration's matter.
    const lost = [...this.#tenants.keys()].some(handler => handler !== this.#newcomer);
    if (this.#closed || !lost) return;
    const delay = this.#delay.next();
    ambient.log.error('what a handler runs in has ended, and is started anew', {
      handler: name,
      reason,
      delay: Math.round(delay),
    });
    this.#cancelRestart();
    this.#cancelRestart = ambient.after(delay, () => {
      if (this.#closed || this.#tenants.size === 0 || this.#starting !== undefined) return;
      this.#restarts++;
      void this.#restart();
    });
  }

  /** A start that fails has seen to the next one already. */
  async #restart(): Promise<void> {
    await this.#start().catch(() => {});
    // What it knew is gone, and with it the ground of what it answered before.
    for (const { env } of this.#tenants.values()) env.changed();
  }

  /** Broken where it ends again and again, restarting while it is down otherwise. */
  state(): 'ready' | 'degraded' | 'broken' | 'restarting' {
    if (this.up) return this.#delay.unstable ? 'degraded' : 'ready';
    return this.#delay.hopeless ? 'broken' : 'restarting';
  }

  get reason(): string | undefined {
    return this.#reason;
  }
  get restarts(): number {
    return this.#restarts;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelRestart();
    this.#end('its handler was closed');
    await this.#ending;
    await this.#options.launcher.close?.();
  }
}
