import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { brokenRecord, type Random } from './broken-records.ts';

/** A REST service that is as likely wrong as right. */
export class BrokenRestServer implements AsyncDisposable {
  readonly #server: Server;

  private constructor(random: Random) {
    this.#server = createServer((_request, response) => answer(response, random));
  }

  static async start(random: Random): Promise<BrokenRestServer> {
    const rest = new BrokenRestServer(random);
    rest.#server.listen(0, '127.0.0.1');
    await once(rest.#server, 'listening');
    return rest;
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

function answer(response: ServerResponse, random: Random): void {
  const choice = random();
  const json = brokenRecord(random, 'nodes');
  if (choice < 0.6) {
    response.end(json);
  } else if (choice < 0.7) {
    response.writeHead(404).end();
  } else if (choice < 0.8) {
    response.writeHead(200, { 'content-length': '1000' });
    response.write(json);
    setImmediate(() => response.destroy());
  } else if (choice < 0.9) {
    response.end(`${json}}`);
  } else if (choice < 0.95) {
    response.destroy();
  }
  // What is left has no answer, until the gateway or the client gives it up.
}
