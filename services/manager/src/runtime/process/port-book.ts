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

/** Which port belongs to which replica, also while the replica does not run. */
export class PortBook {
  readonly #host: string;
  readonly #range: PortRange;
  readonly #given = new Set<number>();
  #next: number;

  constructor(options: { readonly host: string; readonly range: PortRange }) {
    this.#host = options.host;
    this.#range = options.range;
    // A random start: another runtime on this machine may draw from the same range at the same time.
    this.#next = randomInt(options.range.first, options.range.last + 1);
  }

  /** Notes what a replica has from an earlier run. */
  keep(ports: Ports): void {
    this.#given.add(ports.service);
    this.#given.add(ports.ops);
  }

  free(ports: Ports): void {
    this.#given.delete(ports.service);
    this.#given.delete(ports.ops);
  }

  async take(): Promise<Ports> {
    return { service: await this.#takeOne(), ops: await this.#takeOne() };
  }

  /** Whether a process could listen on both now. */
  async areFree(ports: Ports): Promise<boolean> {
    return (await this.#isFree(ports.service)) && (await this.#isFree(ports.ops));
  }

  async #takeOne(): Promise<number> {
    const { first, last } = this.#range;
    for (let tries = first; tries <= last; tries += 1) {
      const port = this.#next;
      this.#next = port < last ? port + 1 : first;
      if (this.#given.has(port)) {
        continue;
      }
      this.#given.add(port);
      if (await this.#isFree(port)) {
        return port;
      }
      this.#given.delete(port);
    }
    throw new AppError(
      'CANNOT_RUN_HERE',
      `A free port between ${first} and ${last} of ${this.#host} is needed, and every one is in use. Free some, or widen QUICK_RUNTIME_PORTS.`,
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
