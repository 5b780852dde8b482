import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { LocalKafkaError } from './local-kafka-error.ts';

// Below the ports that operating systems use for outgoing connections. So a port is still free when
// the same data directory is started again.
const FIRST_PORT = 20_000;
const LAST_PORT = 32_000;
const TRIES = 200;

// A reserved port may have no listener yet, or its program may be down for a moment. So each
// process reserves a slice of the range. It listens on the first port of the slice and hands out
// the others in order.
const SLICE_PORTS = 400;
const SLICES = (LAST_PORT - FIRST_PORT) / SLICE_PORTS;

interface Slice {
  next: number;
  readonly end: number;
}

let taking: Promise<Slice> | undefined;

/**
 * Ports of 127.0.0.1 without a listener. Neither this process nor another one gets the same ports.
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
    // The slice is used up. One caller reserves the next slice for all waiting callers.
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
  // There are more processes than slices. They share one, each from a random port in it.
  const [first = FIRST_PORT] = firsts;
  return { next: randomInt(first + 1, first + SLICE_PORTS), end: first + SLICE_PORTS };
}

/** Listens on a port until this process ends. False if another process does. */
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
        whatToDo: `Stop that program ("ss -ltnp 'sport = :${port}'" or "lsof -i :${port}" shows it), or choose another port.`,
      },
    );
  }
}
