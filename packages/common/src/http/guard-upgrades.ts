import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';

import { answerSocket } from './client-error.ts';
import type { OriginGuard } from './origin-guard.ts';

/**
 * Runs the guard before the listeners of upgrades. Without such a listener Node handles an upgrade
 * as a plain request.
 */
export function guardUpgrades(server: Server, guard: OriginGuard): void {
  const listeners = server.listeners('upgrade');
  if (listeners.length === 0) {
    return;
  }
  server.removeAllListeners('upgrade');
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const refusal = guard.refusal(request);
    if (refusal !== undefined) {
      socket.on('error', ignoreReset);
      answerSocket(socket, refusal);
      return;
    }
    for (const listener of listeners) {
      listener.call(server, request, socket, head);
    }
  });
}

function ignoreReset(): void {
  // The client left before its response.
}
