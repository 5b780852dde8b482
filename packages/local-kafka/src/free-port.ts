import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { LocalKafkaError } from './local-kafka-error.ts';

// Below the range that operating systems hand out for outgoing connections, so that a port chosen
// once is still free when the same data directory is started again.
const FIRST_PORT = 20_000;
const LAST_PORT = 32_000;
const TRIES = 200;

// Goes up from a random start and never back: a port that was handed out a moment ago is not
// listened on yet, so drawing each at random would give it twice, in this process and in another.
let next = randomInt(FIRST_PORT, LAST_PORT);

/** Ports of 127.0.0.1 on which nothing listens; this process is never given the same one again. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const ports: number[] = [];
  for (let tries = 0; ports.length < count; tries += 1) {
    if (tries === TRIES) {
      throw new LocalKafkaError(
        'PORT_IN_USE',
        `No ${count} free ports between ${FIRST_PORT} and ${LAST_PORT} were found.`,
        {
          whatToDo: 'Name ports that are free.',
        },
      );
    }
    const port = next;
    next = port + 1 < LAST_PORT ? port + 1 : FIRST_PORT;
    if (await isPortFree(port)) {
      ports.push(port);
    }
  }
  return ports;
}

export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () =>
      server.close(() => resolve(true)),
    );
  });
}

export async function requirePortFree(port: number, purpose: string): Promise<void> {
  if (!(await isPortFree(port))) {
    throw new LocalKafkaError(
      'PORT_IN_USE',
      `Port ${port} of 127.0.0.1, wanted for ${purpose}, is in use by another program.`,
      {
        whatToDo: `Stop that program ("ss -ltnp 'sport = :${port}'" shows it), or choose another port.`,
      },
    );
  }
}
