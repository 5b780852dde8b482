import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface FileServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** The requests so far, as `method path range`. */
  readonly requests: readonly string[];
}

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** For tests: an HTTP server on this machine, which stands for a Maven repository or a proxy. */
export async function startFileServer(answer: Answer): Promise<FileServer> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push([request.method, request.url, request.headers.range ?? ''].join(' ').trim());
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    requests,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Sends these bytes, or those from the offset of the request on. */
export function sendBytes(bytes: Buffer): Answer {
  return ({ headers }, response) => {
    const offset = Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0);
    if (offset >= bytes.length) {
      response.writeHead(416).end();
    } else {
      response.writeHead(offset === 0 ? 200 : 206, { 'content-length': bytes.length - offset });
      response.end(bytes.subarray(offset));
    }
  };
}
