import { setTimeout as pause } from 'node:timers/promises';

import { oneOf } from '@quicksilver/testkit/seeded-random';
import { request } from 'undici';

import { SocketClient } from '../bad-input/socket-client.ts';
import type { Random } from './broken-records.ts';
import type { OperationKind, RandomOperations } from './random-operation.ts';

/** What a client got that no answer may be. */
export class WrongAnswerError extends Error {}

/** Milliseconds after which a client that leaves early leaves. */
const LEAVE_MS = [0, 0, 1, 2, 4, 8, 16, 32];
const STAY_MS = 45_000;
const ACCEPT = ['application/json', 'application/graphql-response+json', 'text/event-stream'];

export interface LeavingClientOptions {
  /** `host:port` of the gateway. */
  readonly address: string;
  readonly operations: RandomOperations;
  readonly random: Random;
}

/** Runs some operations over a random transport, and leaves at any time or after the responses. */
export async function runLeavingClient(options: LeavingClientOptions): Promise<void> {
  const run = oneOf(options.random, [overHttp, overHttp, overHttp, overSocket, overLegacySocket]);
  await run(options);
}

async function overHttp({ address, operations, random }: LeavingClientOptions): Promise<void> {
  const kind = oneOf(random, ['query', 'query', 'mutation', 'subscription'] as const);
  const query = operations.next(kind);
  const isGet = kind === 'query' && random() < 0.3;
  const stays = kind !== 'subscription' && random() < 0.6;
  const gone = AbortSignal.timeout(stays ? STAY_MS : oneOf(random, LEAVE_MS));
  const url = `http://${address}/graphql`;
  try {
    const { body } = await request(isGet ? `${url}?${new URLSearchParams({ query })}` : url, {
      method: isGet ? 'GET' : 'POST',
      headers: { 'content-type': 'application/json', accept: oneOf(random, ACCEPT) },
      body: isGet ? null : JSON.stringify({ query }),
      signal: gone,
    });
    const text = await body.text();
    if (!/"(?:data|errors)":/.test(text)) {
      throw new WrongAnswerError(`${query}\n${text}`);
    }
  } catch (error) {
    if (stays || error instanceof WrongAnswerError) {
      throw error;
    }
    // The client has left.
  }
}

interface Words {
  readonly begin: string;
  readonly end: string;
  readonly protocol: string;
}

function overSocket(options: LeavingClientOptions): Promise<void> {
  return onSocket(options, {
    begin: 'subscribe',
    end: 'complete',
    protocol: 'graphql-transport-ws',
  });
}

function overLegacySocket(options: LeavingClientOptions): Promise<void> {
  return onSocket(options, { begin: 'start', end: 'stop', protocol: 'graphql-ws' });
}

async function onSocket(options: LeavingClientOptions, words: Words): Promise<void> {
  const { address, operations, random } = options;
  const { begin, end, protocol } = words;
  await using client = await SocketClient.ready(address, { protocols: [protocol] });
  const kinds: readonly OperationKind[] = ['query', 'mutation', 'subscription', 'subscription'];
  const ids = Array.from({ length: 1 + Math.floor(random() * 5) }, (_none, at) => {
    const kind = oneOf(random, kinds);
    client.say({ id: String(at), type: begin, payload: { query: operations.next(kind) } });
    return { id: String(at), kind };
  });
  const stays = random() < 0.6;
  for (const { id, kind } of ids) {
    if (stays && kind !== 'subscription') {
      await client.heard((message) => message.id === id);
    } else if (random() < 0.6) {
      await pause(oneOf(random, LEAVE_MS));
      client.say({ id, type: end });
    }
  }
  await pause(oneOf(random, LEAVE_MS));
  if (random() < 0.5) {
    client.socket.close();
    await client.closed;
  }
}
