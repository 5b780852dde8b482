import type { AddressInfo } from 'node:net';

import { codeOf } from '../errors/code-of.ts';

export function listenError(error: unknown, name: string, host: string, port: number): Error {
  const code = codeOf(error);
  if (code === 'EADDRINUSE') {
    return new Error(
      `Port ${port} on ${host} is in use, so ${name} cannot listen there. Stop the other program or choose another port.`,
      { cause: error },
    );
  }
  return new Error(`${name} cannot listen on ${host}:${port}`, { cause: error });
}

export function hostPort(bound: AddressInfo): string {
  return bound.family === 'IPv6'
    ? `[${bound.address}]:${bound.port}`
    : `${bound.address}:${bound.port}`;
}
