import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The REST service of the profile store: it recommends artist 8 to every user. */
export class RecommenderService implements AsyncDisposable {
  /** Of the requests so far. */
  readonly paths: string[] = [];
  readonly #server: Server;

  static async start(): Promise<RecommenderService> {
    const service = new RecommenderService();
    await new Promise<void>((resolve) => {
      service.#server.listen(0, '127.0.0.1', resolve);
    });
    return service;
  }

  private constructor() {
    this.#server = createServer((request, response) => {
      this.paths.push(request.url ?? '');
      response.setHeader('content-type', 'application/json');
      response.end('{"recommendations":[{"id":8}]}');
    });
  }

  /** `host:port`. */
  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => {
      this.#server.close(resolve);
    });
  }
}
