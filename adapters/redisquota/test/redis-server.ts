import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '@krater/mixer/testing';

/** A real Redis on a free port of the loopback, with a folder of its own. */
export class RedisServer {
  readonly port: number;
  readonly folder: string;
  readonly #options: readonly string[];
  #process: ChildProcess | undefined;

  /** `options` come last, so they win. */
  constructor(port: number, options: readonly string[] = []) {
    this.port = port;
    this.folder = mkdtempSync(join(tmpdir(), 'krater-redis-'));
    this.#options = options;
  }

  static async start(...options: readonly string[]): Promise<RedisServer> {
    const server = new RedisServer(await freePort(), options);
    await server.start();
    return server;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Returns when it accepts connections. */
  async start(): Promise<void> {
    const place = ['--bind', '127.0.0.1', '--port', `${this.port}`, '--dir', this.folder];
    const started = spawn('redis-server', [...place, '--save', '', ...this.#options], { stdio: 'ignore' });
    this.#process = started;
    while (started.exitCode === null && !(await isOpen(this.port))) await delay(20);
    if (started.exitCode !== null) throw new Error(`redis-server has ended with ${started.exitCode}`);
  }

  /** Ends it at once, as a crash would. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** It neither answers nor goes. */
  freeze(): void {
    this.#process?.kill('SIGSTOP');
  }

  thaw(): void {
    this.#process?.kill('SIGCONT');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const running = this.#process;
    this.#process = undefined;
    if (running === undefined || running.exitCode !== null) return;
    const exited = once(running, 'exit');
    running.kill(signal);
    await exited;
  }
}

function isOpen(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}
