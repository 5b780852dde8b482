import { createServer } from 'node:net';

import { CliError } from '../output/cli-error.ts';

/** Throws `CliError` if the port is in use, before anything slow starts. */
export async function requirePort(host: string, port: number): Promise<void> {
  const code = await listenError(host, port);
  if (code === undefined) {
    return;
  }
  const other = 'choose another port: QUICK_PORT=<port> npm start, or quick dev --port <port>';
  if (code === 'EADDRINUSE') {
    throw new CliError(
      `Port ${port} on ${host}, the port for users, is in use by another program.`,
      {
        code: 'PORT_IN_USE',
        hint: `Stop that program ("ss -ltnp 'sport = :${port}'" or "lsof -i :${port}" shows it), or ${other}.`,
      },
    );
  }
  throw new CliError(`Port ${port} on ${host} cannot be used (${code}).`, {
    code: 'PORT_UNUSABLE',
    hint: `Check QUICK_HOST, or ${other}.`,
  });
}

/** Tries to listen there and returns the code of the error; undefined if it works. */
function listenError(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}
