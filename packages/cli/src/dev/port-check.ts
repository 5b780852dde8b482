import { createServer } from 'node:net';

import { DevError } from './dev-error.ts';

/** Refuses a port that others use before anything slow begins. Throws `DevError`. */
export async function requirePort(host: string, port: number): Promise<void> {
  const code = await problemOf(host, port);
  if (code === undefined) {
    return;
  }
  const other = 'choose another port: QUICK_PORT=<port> npm start, or quick dev --port <port>';
  if (code === 'EADDRINUSE') {
    throw new DevError(
      `Port ${port} on ${host}, wanted for everything, is in use by another program.`,
      {
        whatToDo: `Stop that program ("ss -ltnp 'sport = :${port}'" or "lsof -i :${port}" shows it), or ${other}.`,
      },
    );
  }
  throw new DevError(`Port ${port} on ${host} cannot be used (${code}).`, {
    whatToDo: `Check QUICK_HOST, or ${other}.`,
  });
}

/** The code of the error that listening there meets. */
function problemOf(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}
