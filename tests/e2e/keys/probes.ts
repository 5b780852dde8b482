import { once } from 'node:events';

import { WebSocket } from 'ws';

import type { Served } from './served-parts.ts';

export interface Probe {
  /** `mirror http GET /status`. */
  readonly name: string;
  readonly method: string;
  readonly url: string;
}

/** The routes as Fastify has them, each with something in the place of its parameters. */
export function routesOf({ name, server }: Served): readonly Probe[] {
  return server.routes.map(({ method, path }) => ({
    name: `${name} ${method} ${path}`,
    method,
    url: `http://${server.address()}${pathLike(path)}`,
  }));
}

/** What no route answers. */
export function strayOf({ name, server }: Served): readonly Probe[] {
  const strays = [
    ['GET', '/nowhere'],
    ['POST', '/no/where'],
    ['DELETE', '/'],
    ['PUT', '/graphql'],
    ['PROPFIND', '/status'],
    ['GET', '/%zz'],
    ['GET', '//livez'],
    ['GET', '/livez/'],
    ['POST', '/livez'],
    ['GET', '/%6civez'],
    ['GET', '/metrics?/livez'],
  ] as const;
  return strays.map(([method, path]) => ({
    name: `${name} ${method} ${path}`,
    method,
    url: `http://${server.address()}${path}`,
  }));
}

export function pathLike(path: string): string {
  return path
    .replaceAll('::', '\n')
    .replaceAll(/:\w+/g, 'x')
    .replaceAll('*', 'x')
    .replaceAll('\n', ':');
}

/** The status of a handshake. */
export async function handshake(
  url: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<number> {
  const socket = new WebSocket(url, ['graphql-transport-ws'], { headers });
  socket.on('error', () => {
    // The handshake is broken off below.
  });
  const signal = AbortSignal.timeout(90_000);
  const status = await Promise.race([
    once(socket, 'open', { signal }).then(() => 101),
    once(socket, 'unexpected-response', { signal }).then(
      ([, answer]: { statusCode: number }[]) => answer?.statusCode ?? 0,
    ),
  ]);
  socket.terminate();
  return status;
}
