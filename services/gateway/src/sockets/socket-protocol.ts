import type { IncomingMessage } from 'node:http';

import type { Admission } from '@quicksilver/common/http/api-key-check';

/** One WebSocket, for a protocol. */
export interface ProtocolSocket {
  /** The negotiated subprotocol. Empty if there is none. */
  readonly protocol: string;
  /** Resolves when the data has left this process. */
  send(data: string): Promise<void>;
  close(code?: number, reason?: string): void;
  /** The callback settles when everything that the message started has ended. */
  onMessage(callback: (data: string) => Promise<void>): void;
}

/** A protocol over any number of sockets. `opened` returns a function that frees the socket. */
export interface SocketProtocol {
  opened(
    socket: ProtocolSocket,
    extra: SocketExtra,
  ): (code?: number, reason?: string) => Promise<void>;
}

export interface SocketExtra {
  readonly request: IncomingMessage;
  /** Aborted when the socket is closed. */
  readonly signal: AbortSignal;
  /** Closes the socket as a whole. */
  readonly close: (code: number, reason: string) => void;
  /** `connection_init` sets it. */
  admission?: Admission;
}
