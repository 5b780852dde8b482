import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

import { AppError } from '@quicksilver/common/errors/app-error';

export interface PortRange {
  readonly first: number;
  readonly last: number;
}

export interface Ports {
  readonly service: number;
  readonly ops: number;
}

/** Assigns ports to replicas. A replica keeps its ports while it does not run. */
export class PortBook {
  readonly #host: string;
  readonly #range: PortRange;
  readonly #reserved = new Set<number>();
  #next: number;

  constructor(options: { readonly host: string; readonly range: PortRange }) {
    this.#host = options.host;
    this.#range = options.range;
    // Starts at a random port, because another runtime on this machine may use the same range.
    this.#next = randomInt(options.range.first, options.range.last + 1);
  }

  /** Reserves the ports of a replica from an earlier run. */
  keep(ports: Ports): void {
    this.#reserved.add(ports.service);
    this.#reserved.add(ports.ops);
  }

  free(ports: Ports): void {
    this.#reserved.delete(ports.service);
    this.#reserved.delete(ports.ops);
  }

  async take(): Promise<Ports> {
    return { service: await this.#takeOne(), ops: await this.#takeOne() };
  }

  /** Whether both ports are free to listen on. */
  async areFree(ports: Ports): Promise<boolean> {
    return (await this.#isFree(ports.service)) && (await this.#isFree(ports.ops));
  }

  async #takeOne(): Promise<number> {
    const { first, last } = this.#range;
    for (let tries = first; tries <= last; tries += 1) {
      const port = this.#next;
      this.#next = port < last ? port + 1 : first;
      if (this.#reserved.has(port)) {
        continue;
      }
      this.#reserved.add(port);
      if (await this.#isFree(port)) {
        return port;
      }
      this.#reserved.delete(port);
    }
    throw new AppError(
      'CANNOT_RUN_HERE',
      `All ports from ${first} to ${last} on ${this.#host} are in use. Free some, or widen QUICK_RUNTIME_PORTS.`,
    );
  }

  #isFree(port: number): Promise<boolean> {
    return new Promise((resolve) => {
      const server = createServer();
      server.once('error', () => resolve(false));
      server.listen({ port, host: this.#host, exclusive: true }, () =>
        server.close(() => resolve(true)),
      );
    });
  }
}
