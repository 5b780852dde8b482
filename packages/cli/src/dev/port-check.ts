import { createServer } from 'node:net';

import type { Part } from '@quicksilver/common/lifecycle/part';

import { DevError } from './dev-error.ts';

export interface WantedPort {
  readonly port: number;
  /** What listens there, with its article. */
  readonly purpose: string;
  /** The variable that chooses another port. */
  readonly env: string;
}

/** Refuses ports that others use before anything slow begins. */
export class PortCheck implements Part {
  readonly name = 'port check';
  readonly #host: string;
  readonly #wanted: readonly WantedPort[];

  constructor(host: string, wanted: readonly WantedPort[]) {
    this.#host = host;
    this.#wanted = wanted;
  }

  async start(): Promise<void> {
    const taken = new Map<number, WantedPort>();
    for (const wanted of this.#wanted) {
      const other = taken.get(wanted.port);
      if (other !== undefined) {
        throw new DevError(
          `Port ${wanted.port} is wanted for ${other.purpose} and for ${wanted.purpose}.`,
          {
            whatToDo: `Choose another one with ${other.env} or ${wanted.env}.`,
          },
        );
      }
      taken.set(wanted.port, wanted);
      const problem = await problemOf(this.#host, wanted.port);
      if (problem !== undefined) {
        throw refusal(problem, this.#host, wanted);
      }
    }
  }

  async stop(): Promise<void> {
    // Nothing is kept.
  }
}

/** The code of the error that listening there meets. */
function problemOf(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

function refusal(code: string, host: string, { port, purpose, env }: WantedPort): DevError {
  if (code === 'EADDRINUSE') {
    return new DevError(
      `Port ${port} on ${host}, wanted for ${purpose}, is in use by another program.`,
      {
        whatToDo: `Stop that program ("ss -ltnp 'sport = :${port}'" or "lsof -i :${port}" shows it), or choose another port: ${env}=<port> npm start.`,
      },
    );
  }
  return new DevError(`Port ${port} on ${host}, wanted for ${purpose}, cannot be used (${code}).`, {
    whatToDo: `Choose another port: ${env}=<port> npm start.`,
  });
}
