import type { IncomingMessage } from 'node:http';

import type { Admission } from '@quicksilver/common/http/api-key-check';

/** What a protocol sees of one WebSocket. */
export interface ProtocolSocket {
  /** The sub-protocol that was agreed on; empty without one. */
  readonly protocol: string;
  /** Resolves when the data has left this process. */
  send(data: string): Promise<void>;
  close(code?: number, reason?: string): void;
  /** The callback settles when all that the message began has come to its end. */
  onMessage(callback: (data: string) => Promise<void>): void;
}

/** Runs one socket after the other. Nothing of a socket is left when what `opened` answers was called. */
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
  /** Set by `connection_init`, where keys are wanted. */
  admission?: Admission;
}
