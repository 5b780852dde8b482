import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { LocalKafkaError } from './local-kafka-error.ts';

// Below the range that operating systems hand out for outgoing connections, so that a port chosen
// once is still free when the same data directory is started again.
const FIRST_PORT = 20_000;
const LAST_PORT = 32_000;
const TRIES = 200;

// A port that was handed out a moment ago is not listened on yet, nor is that of a program that is
// down for a moment. So that no two processes hand out the same, each takes a slice of the range for
// itself, marked by its listening on the first port of it, and goes up in it.
const SLICE_PORTS = 400;
const SLICES = (LAST_PORT - FIRST_PORT) / SLICE_PORTS;

interface Slice {
  next: number;
  readonly end: number;
}

let taking: Promise<Slice> | undefined;

/**
 * Ports of 127.0.0.1 on which nothing listens; neither this process nor another is given the same
 * ones.
 */
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
    const port = await nextPort();
    if (await isPortFree(port)) {
      ports.push(port);
    }
  }
  return ports;
}

async function nextPort(): Promise<number> {
  for (;;) {
    const taken = (taking ??= takeSlice());
    const slice = await taken;
    if (slice.next < slice.end) {
      slice.next += 1;
      return slice.next - 1;
    }
    // Used up. Whoever is first takes the next one for all who wait.
    if (taking === taken) {
      taking = undefined;
    }
  }
}

async function takeSlice(): Promise<Slice> {
  const start = randomInt(SLICES);
  const slices = Array.from({ length: SLICES }, (_, at) => (start + at) % SLICES);
  const firsts = slices.map((at) => FIRST_PORT + at * SLICE_PORTS);
  for (const first of firsts) {
    if (await mark(first)) {
      return { next: first + 1, end: first + SLICE_PORTS };
    }
  }
  // More processes than slices: one is shared, from anywhere in it.
  const [first = FIRST_PORT] = firsts;
  return { next: randomInt(first + 1, first + SLICE_PORTS), end: first + SLICE_PORTS };
}

/** Listens on a port for as long as this process lives; false if another process does. */
function mark(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy()).unref();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => resolve(true));
  });
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
