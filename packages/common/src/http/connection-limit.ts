import type { Server } from 'node:http';
import type { Socket } from 'node:net';

import { AppError } from '../errors/app-error.ts';
import { socketError } from './client-error.ts';

export interface ConnectionLimits {
  readonly connectionsMax: number;
  /** For each client address. */
  readonly addressConnectionsMax: number;
}

/** The defaults of the options. */
export const CONNECTION_LIMITS: ConnectionLimits = {
  connectionsMax: 10_000,
  addressConnectionsMax: 5_000,
};
/** Connections that may wait for the end of their refusal. Node closes any beyond them. */
const REFUSED_MAX = 256;
const REFUSAL_MS = 1_000;

/** Counts the connections of a server. */
export interface Connections {
  readonly size: number;
}

/**
 * Rejects connections over the limits with an error, before any request is read. A WebSocket counts
 * until it closes.
 */
export function limitConnections(
  server: Server,
  limits: ConnectionLimits,
  onRefused: (limit: 'connections' | 'address-connections') => void,
): Connections {
  const { connectionsMax, addressConnectionsMax } = limits;
  const listeners = server.listeners('connection');
  const open = new Map<string, number>();
  let total = 0;
  server.maxConnections = connectionsMax + REFUSED_MAX;
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    const address = socket.remoteAddress ?? '';
    const ofAddress = open.get(address) ?? 0;
    if (total >= connectionsMax) {
      onRefused('connections');
      refuse(
        socket,
        `This process has ${connectionsMax} connections, the limit (QUICK_CONNECTIONS_MAX). Retry later.`,
      );
      return;
    }
    if (ofAddress >= addressConnectionsMax) {
      onRefused('address-connections');
      refuse(
        socket,
        `Your address has ${addressConnectionsMax} connections, the limit (QUICK_CONNECTIONS_PER_ADDRESS_MAX). Close some of them first.`,
      );
      return;
    }
    total += 1;
    open.set(address, ofAddress + 1);
    socket.once('close', () => {
      total -= 1;
      const left = (open.get(address) ?? 1) - 1;
      if (left === 0) {
        open.delete(address);
      } else {
        open.set(address, left);
      }
    });
    for (const listener of listeners) {
      listener.call(server, socket);
    }
  });
  return {
    get size() {
      return total;
    },
  };
}

/** Reads what the client sends, because a close with unread bytes would discard the error. */
function refuse(socket: Socket, detail: string): void {
  const timer = setTimeout(() => socket.destroy(), REFUSAL_MS);
  socket.on('error', ignoreReset).once('close', () => clearTimeout(timer));
  socket.once('end', () => socket.destroy());
  socket.resume();
  socket.end(socketError(new AppError('OVERLOADED', detail)));
}

function ignoreReset(): void {
  // The client left before its response.
}
