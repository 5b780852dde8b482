import { once } from 'node:events';

import { WebSocket, type ClientOptions } from 'ws';

export interface SocketMessage {
  readonly id?: string | number;
  readonly type: string;
  readonly payload?: unknown;
}

export interface SocketClose {
  readonly code: number;
  readonly reason: string;
}

export interface SocketClientOptions extends ClientOptions {
  readonly protocols?: readonly string[];
  /** Of the address, with what follows a question mark. */
  readonly path?: string;
}

/** How long the gateway may take for anything a test waits for. */
const WAIT_MS = 90_000;

/** A WebSocket that sends any message, valid or not, and keeps what it receives. */
export class SocketClient implements AsyncDisposable {
  readonly socket: WebSocket;
  readonly messages: SocketMessage[] = [];
  readonly closed: Promise<SocketClose>;

  constructor(address: string, options: SocketClientOptions = {}) {
    const { protocols = ['graphql-transport-ws'], path = '/graphql', ...rest } = options;
    this.socket = new WebSocket(`ws://${address}${path}`, [...protocols], rest);
    this.socket.on('message', (data) => {
      this.messages.push(JSON.parse(Buffer.from(data as Buffer).toString()) as SocketMessage);
    });
    this.socket.on('error', () => {
      // What a test looks at is the close that follows, or the handshake that failed.
    });
    this.closed = new Promise((resolve) => {
      this.socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() }));
    });
  }

  /** Resolves when the WebSocket is open. */
  static async open(address: string, options: SocketClientOptions = {}): Promise<SocketClient> {
    const client = new SocketClient(address, options);
    await once(client.socket, 'open', { signal: AbortSignal.timeout(WAIT_MS) });
    return client;
  }

  /** Resolves when the gateway has acknowledged the connection. */
  static async ready(address: string, options: SocketClientOptions = {}): Promise<SocketClient> {
    const client = await SocketClient.open(address, options);
    client.say({ type: 'connection_init' });
    await client.heard((message) => message.type === 'connection_ack');
    return client;
  }

  say(message: unknown): void {
    this.socket.send(JSON.stringify(message));
  }

  subscribe(id: string, query: string, variables?: unknown): void {
    this.say({ id, type: 'subscribe', payload: { query, variables } });
  }

  /** The first message, of those that came and those that will, that is wanted. */
  async heard(isWanted: (message: SocketMessage) => boolean): Promise<SocketMessage> {
    const signal = AbortSignal.timeout(WAIT_MS);
    for (;;) {
      const message = this.messages.find(isWanted);
      if (message !== undefined) {
        return message;
      }
      if (this.socket.readyState === WebSocket.CLOSED) {
        throw new Error(`The socket closed; it said ${JSON.stringify(this.messages)}`);
      }
      const done = new AbortController();
      await Promise.race([
        once(this.socket, 'message', { signal: AbortSignal.any([signal, done.signal]) }),
        this.closed,
      ]).finally(() => done.abort());
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.terminate();
    await this.closed;
  }
}
