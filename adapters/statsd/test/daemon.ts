import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runInNewContext } from 'node:vm';
import { freePort } from '@krater/mixer/testing';

/** What statsd 0.9.0 still asks of Node and newer ones no longer have. */
const asOldNode = 'data:text/javascript,import util from "node:util"; util.log = () => {};';

/** The npm package `statsd`: the original daemon, over UDP, TCP and a Unix socket, read back through its console. */
export async function statsdDaemon() {
  const folder = mkdtempSync(join(tmpdir(), 'krater-statsd-'));
  const [port, consolePort] = [await freeForBoth(), await freePort()];
  const path = join(folder, 'statsd.sock');
  const host = '127.0.0.1';
  const config = {
    mgmt_address: host,
    mgmt_port: consolePort,
    backends: [],
    flushInterval: 600_000,
    servers: [
      { server: './servers/udp', address: host, port },
      { server: './servers/tcp', address: host, port },
      { server: './servers/tcp', socket: path },
    ],
  };
  writeFileSync(join(folder, 'config.js'), JSON.stringify(config));
  const program = fileURLToPath(import.meta.resolve('statsd/stats.js'));
  const child = spawn(process.execPath, ['--import', asOldNode, program, join(folder, 'config.js')], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ask = async (question: string): Promise<Record<string, number & number[]>> => {
    for (;;) {
      const answer = await askConsole(consolePort, question).catch(() => undefined);
      if (answer !== undefined) return runInNewContext(`(${answer})`);
      if (child.exitCode !== null) throw new Error(`statsd ended with ${child.exitCode}`);
    }
  };
  await ask('counters');
  return {
    port,
    path,
    counters: () => ask('counters'),
    gauges: () => ask('gauges'),
    timers: () => ask('timers'),
    /** Asks again until an answer fits. */
    async until(question: string, fits: (answer: Record<string, number & number[]>) => boolean) {
      let answer = await ask(question);
      while (!fits(answer)) answer = await ask(question);
      return answer;
    },
    async [Symbol.asyncDispose]() {
      child.kill();
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A port that is free for TCP and UDP. */
async function freeForBoth(): Promise<number> {
  const port = await freePort();
  const socket = createSocket('udp4').bind(port, '127.0.0.1');
  await once(socket, 'listening');
  await new Promise<void>(resolve => socket.close(resolve));
  return port;
}

async function askConsole(port: number, question: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  try {
    socket.write(`${question}\n`);
    for await (const chunk of socket) {
      text += chunk;
      const end = text.indexOf('END');
      if (end >= 0) return text.slice(0, end);
    }
    throw new Error('the console has closed');
  } finally {
    socket.destroy();
  }
}
