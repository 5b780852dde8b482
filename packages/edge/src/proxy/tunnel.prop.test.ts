import { once } from 'node:events';
import { createServer } from 'node:http';
import {
  connect,
  createServer as createTcpServer,
  type AddressInfo,
  type Server,
  type Socket,
} from 'node:net';
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';

import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { OpenRequests } from './open-requests.ts';
import { Tunnel } from './tunnel.ts';

interface Piece {
  readonly length: number;
  readonly gap: 'none' | 'turn' | 'pause';
}

/** What one side does with a connection. */
interface Side {
  /** Written together with the handshake. */
  readonly first: number;
  readonly pieces: readonly Piece[];
  /** Whether it ends its side only after the other one has. */
  readonly isLast: boolean;
}

/** No two places of it look alike. */
const TEXT = Buffer.from(
  Array.from({ length: 400_000 }, (_, at) => String(at).padStart(7, '0')).join(' '),
);
const HANGS_MS = 100_000;
const HANDSHAKE =
  'GET /socket HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';
const ANSWER = 'HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';

const piece: fc.Arbitrary<Piece> = fc.record({
  length: fc.oneof(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1_000, max: 300_000 })),
  gap: fc.constantFrom('none', 'none', 'turn', 'pause'),
});
const side: fc.Arbitrary<Side> = fc.record({
  first: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 100_000 })),
  pieces: fc.array(piece, { maxLength: 5 }),
  isLast: fc.boolean(),
});

/** What the service does with the next connection, and what it receives. */
let plan: Side;
let arrived: Promise<Buffer>;
const service = createTcpServer({ allowHalfOpen: true }, (socket) => {
  arrived = talk(socket, ANSWER, plan, /^[^]*?\r\n\r\n/);
  // The assertion of the test reports it.
  arrived.catch(() => {});
});
const edge = createServer();
let addressOfEdge: AddressInfo;

beforeAll(async () => {
  const openRequests = new OpenRequests(1_000);
  const address = `127.0.0.1:${(await listen(service)).port}`;
  edge.on('upgrade', (request, socket, head) => {
    socket.on('error', () => {});
    new Tunnel({
      request,
      socket,
      head,
      openRequests,
      destination: { addresses: [address], label: 'the service' },
      url: request.url ?? '',
      prefix: '',
      connectMs: 60_000,
      answerMs: 60_000,
      stallMs: 60_000,
      onAnswer: () => {},
      onRefused: () => socket.destroy(),
    }).start();
  });
  addressOfEdge = await listen(edge);
});
afterAll(() => {
  service.close();
  edge.close();
});

async function listen(server: Server): Promise<AddressInfo> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server.address() as AddressInfo;
}

/**
 * Sends the opening and then the bytes of the plan. Returns what the other side sends after its
 * head, once that side has ended.
 */
async function talk(socket: Socket, opening: string, plan: Side, head: RegExp): Promise<Buffer> {
  const received: Buffer[] = [];
  socket.on('data', (bytes: Buffer) => received.push(bytes));
  const ended = once(socket, 'end');
  socket.write(Buffer.concat([Buffer.from(opening), TEXT.subarray(0, plan.first)]));
  let at = plan.first;
  for (const { length, gap } of plan.pieces) {
    await (gap === 'turn' ? nextTurn() : gap === 'pause' ? pause(2) : undefined);
    if (!socket.write(TEXT.subarray(at, at + length))) {
      await once(socket, 'drain');
    }
    at += length;
  }
  if (!plan.isLast) {
    socket.end();
  }
  await ended;
  socket.end();
  const text = Buffer.concat(received).toString('latin1');
  return Buffer.from(text.replace(head, ''), 'latin1');
}

const sentBy = ({ first, pieces }: Side): Buffer =>
  TEXT.subarray(
    0,
    pieces.reduce((sum, { length }) => sum + length, first),
  );

test(
  'every byte passes in both directions, the first and those behind the end of the other side too',
  async () => {
    await fc.assert(
      fc.asyncProperty(side, side, async (client, upstream) => {
        // One of them has to end first.
        plan = { ...upstream, isLast: upstream.isLast && !client.isLast };
        const { port } = addressOfEdge;
        const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
        const received = await talk(socket, HANDSHAKE, client, /^[^]*?\r\n\r\n/);
        expect(received.equals(sentBy(plan))).toBe(true);
        expect((await arrived).equals(sentBy(client))).toBe(true);
        socket.destroy();
      }),
      { numRuns: 60, endOnFailure: true, timeout: HANGS_MS },
    );
  },
  3 * HANGS_MS,
);
