import { createServer, type Server, type Socket } from 'node:net';

import { freePorts } from '@quicksilver/local-kafka/free-port';

import { ProxiedConnection } from './proxied-connection.ts';
import type { ProxyMode, ProxyTarget } from './proxy-mode.ts';

/** A TCP proxy on 127.0.0.1. A test can make its network fail and recover while clients use it. */
export class ToggleProxy implements AsyncDisposable {
  readonly port: number;
  #target: ProxyTarget;
  #mode: ProxyMode = 'pass';
  #server: Server;
  #accepted = 0;
  readonly #connections = new Set<ProxiedConnection>();

  private constructor(server: Server, port: number, target: ProxyTarget) {
    this.#server = server;
    this.port = port;
    this.#target = target;
  }

  /**
   * Listens on `port` or on a free one outside the range of outgoing connections. Otherwise a
   * connection of another program could take the port while the proxy refuses.
   */
  static async listen(options: {
    readonly target: ProxyTarget;
    readonly port?: number;
  }): Promise<ToggleProxy> {
    const server = newServer();
    const [free = 0] = options.port === undefined ? await freePorts(1) : [options.port];
    const port = await listen(server, free);
    const proxy = new ToggleProxy(server, port, options.target);
    server.on('connection', proxy.#accept);
    return proxy;
  }

  /** `127.0.0.1:port`. */
  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  get mode(): ProxyMode {
    return this.#mode;
  }

  /** Open connections. */
  get openConnections(): number {
    return this.#connections.size;
  }

  /** Number of accepted connections. */
  get acceptedConnections(): number {
    return this.#accepted;
  }

  /** Whether an open connection has lost bytes. */
  get lostBytes(): boolean {
    return [...this.#connections].some((connection) => connection.hasLostBytes);
  }

  /**
   * Resolves when the mode applies to every connection, and the port is open or closed accordingly.
   */
  async set(mode: ProxyMode): Promise<void> {
    const wasListening = this.#server.listening;
    this.#mode = mode;
    for (const connection of this.#connections) {
      connection.set(mode);
    }
    if (mode === 'refuse' && wasListening) {
      await close(this.#server);
    }
    if (mode !== 'refuse' && !wasListening) {
      this.#server = newServer();
      await listen(this.#server, this.port);
      this.#server.on('connection', this.#accept);
    }
  }

  /** Resets open connections. The mode applies to new ones. */
  resetConnections(): void {
    for (const connection of this.#connections) {
      connection.reset();
    }
  }

  /** Open connections hang forever, in any mode. The mode applies to new ones. */
  hangConnections(): void {
    for (const connection of this.#connections) {
      connection.hang();
    }
  }

  /** For new connections. */
  pointAt(target: ProxyTarget): void {
    this.#target = target;
  }

  /** Closes every connection and the port. */
  async [Symbol.asyncDispose](): Promise<void> {
    const connections = [...this.#connections];
    await this.set('refuse');
    await Promise.all(connections.map((connection) => connection.closed));
  }

  readonly #accept = (client: Socket): void => {
    this.#accepted += 1;
    if (this.#mode === 'reset' || this.#mode === 'refuse') {
      client.on('error', () => undefined);
      client.resetAndDestroy();
      return;
    }
    const connection = new ProxiedConnection({
      client,
      target: this.#target,
      mode: this.#mode,
      onClosed: () => this.#connections.delete(connection),
    });
    this.#connections.add(connection);
  };
}

function newServer(): Server {
  // Each side ends separately, so that a delayed response is not cut off.
  return createServer({ allowHalfOpen: true, noDelay: true });
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host: '127.0.0.1' }, () => {
      server.off('error', reject);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
