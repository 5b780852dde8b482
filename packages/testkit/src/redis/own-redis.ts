import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';

import { freePorts } from '@quicksilver/local-kafka/free-port';

import { eventually } from '../basics/eventually.ts';

const START_MS = 60_000;

/** A Redis of one test alone, which keeps nothing on disk: a restarted one is empty. */
export class OwnRedis implements AsyncDisposable {
  readonly port: number;
  #process: ChildProcess | undefined;

  private constructor(port: number) {
    this.port = port;
  }

  static async start(): Promise<OwnRedis> {
    const [port = 0] = await freePorts(1);
    const redis = new OwnRedis(port);
    await redis.start();
    return redis;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}/0`;
  }

  get pid(): number {
    const pid = this.#process?.pid;
    if (pid === undefined) {
      throw new Error('this Redis does not run');
    }
    return pid;
  }

  /** Resolves once it takes connections. */
  async start(): Promise<void> {
    const settings = ['--port', String(this.port), '--bind', '127.0.0.1'];
    this.#process = spawn('redis-server', [...settings, '--save', '', '--appendonly', 'no'], {
      stdio: 'ignore',
    });
    await eventually(async () => {
      const socket = connect({ host: '127.0.0.1', port: this.port });
      try {
        await once(socket, 'connect');
      } finally {
        socket.destroy();
      }
    }, START_MS);
  }

  async kill(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child?.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}
