import type { IncomingMessage } from 'node:http';

import { ANONYMOUS } from '@quicksilver/common/access/caller';
import type { ApiKeyCheck, Credentials } from '@quicksilver/common/http/api-key-check';
import type { ExecutionResult } from 'graphql';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import type { SchemaAccess } from '../resolve/caller-access.ts';
import type { GatewayContext } from '../resolve/gateway-context.ts';
import type { GraphqlServer, PreparedOperation } from '../execute/yoga.ts';
import { legacyProtocol } from './legacy-protocol.ts';
import { SocketOperations } from './socket-operations.ts';
import type { ProtocolSocket } from './socket-protocol.ts';

const KEY = 'a key that is in force';
const UNAUTHORIZED = {
  errors: [{ message: 'Unauthorized', path: ['connectionParams', 'X-API-Key'] }],
};
const INIT = { type: 'connection_init', payload: { 'X-API-Key': KEY } };
const start = (id: string, query = '{ ok }'): object => ({ id, type: 'start', payload: { query } });

/** Results that the test delivers one by one. */
class Results implements AsyncIterableIterator<ExecutionResult> {
  isEnded = false;
  #waiting: ((next: IteratorResult<ExecutionResult>) => void) | undefined;

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<ExecutionResult>> {
    return new Promise((resolve) => {
      this.#waiting = resolve;
      if (this.isEnded) {
        resolve({ done: true, value: undefined });
      }
    });
  }

  return(): Promise<IteratorResult<ExecutionResult>> {
    this.isEnded = true;
    this.#waiting?.({ done: true, value: undefined });
    return Promise.resolve({ done: true, value: undefined });
  }

  bring(value: ExecutionResult): void {
    this.#waiting?.({ done: false, value });
  }
}

interface Client {
  readonly messages: readonly { readonly type: string }[];
  readonly closings: readonly number[];
  send(message: unknown): Promise<void>;
  leave(): Promise<void>;
}

/** The clients of one test. */
const clients: Client[] = [];

/** A client whose subscriptions return `results` and whose queries return at once. */
function connect(results?: Results, prepare?: () => Promise<PreparedOperation>): Client {
  const keys: ApiKeyCheck = {
    isRequired: true,
    verify: async ({ keys: [key] }: Credentials) =>
      key === KEY ? { caller: ANONYMOUS } : undefined,
    isInForce: () => true,
    onChange: () => () => {},
  } as unknown as ApiKeyCheck;
  const server = {
    prepare: async ({ query }: { query: string }) =>
      (await prepare?.()) ?? {
        ok: true,
        args: {},
        run: async () => (query.startsWith('s') ? (results ?? new Results()) : { data: { ok: 1 } }),
      },
  } as unknown as GraphqlServer;
  const operations = new SocketOperations({
    served: () => ({ server, topics: new Set(), access: {} as SchemaAccess }),
    newContext: () => ({}) as GatewayContext,
    keys,
    gateway: '',
    log: { error: () => {} } as never,
    operationsMax: 2,
  });
  const messages: { readonly type: string }[] = [];
  const closings: number[] = [];
  let receive: ((text: string) => Promise<void>) | undefined;
  const socket: ProtocolSocket = {
    protocol: 'graphql-ws',
    send: async (text) => void messages.push(JSON.parse(text) as { type: string }),
    close: (code = 0) => void closings.push(code),
    onMessage: (callback) => {
      receive = callback;
    },
  };
  const extra = {
    request: { headers: {} } as IncomingMessage,
    signal: new AbortController().signal,
    close: () => {},
  };
  const closed = legacyProtocol(operations, { initMs: 3_000, keepAliveMs: 15_000 }).opened(
    socket,
    extra,
  );
  const client: Client = {
    messages,
    closings,
    send: (message) =>
      receive?.(typeof message === 'string' ? message : JSON.stringify(message)) ??
      Promise.reject(new Error('the protocol does not receive messages')),
    leave: () => closed(),
  };
  clients.push(client);
  return client;
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(async () => {
  const counts = (): number[] =>
    clients.map(({ messages, closings }) => messages.length + closings.length);
  const before = counts();
  await vi.advanceTimersByTimeAsync(60_000);
  vi.useRealTimers();
  // Counting timers would not do: other test files of this process may have set some.
  if (counts().some((count, at) => count !== before[at])) {
    throw new Error('a timer is still active after its client has left');
  }
  clients.length = 0;
});

describe('a client of the old protocol graphql-ws', () => {
  test('gets connection_ack and ka, then ka every 15 seconds until it leaves', async () => {
    const client = connect();
    await client.send(INIT);
    expect(client.messages).toEqual([{ type: 'connection_ack' }, { type: 'ka' }]);
    await vi.advanceTimersByTimeAsync(14_999);
    expect(client.messages).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(15_001);
    expect(client.messages.slice(2)).toEqual([{ type: 'ka' }, { type: 'ka' }]);
    await client.leave();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(client.messages).toHaveLength(4);
    expect(client.closings).toEqual([]);
  });

  test.each([
    ['none', undefined],
    ['a wrong one', { 'X-API-Key': 'wrong' }],
    ['one that is not a string', { 'X-API-Key': [KEY] }],
  ])(
    'with the key: %s, gets the error of bakdata Quick and can try again',
    async (_what, payload) => {
      const client = connect();
      await client.send({ type: 'connection_init', payload });
      expect(client.messages).toEqual([{ type: 'error', payload: UNAUTHORIZED }]);
      await client.send(INIT);
      expect(client.messages.slice(1)).toEqual([{ type: 'connection_ack' }, { type: 'ka' }]);
      await client.leave();
    },
  );

  test('that skips connection_init runs nothing and is closed with 4408 after three seconds', async () => {
    const client = connect();
    await client.send(start('1'));
    expect(client.messages).toEqual([{ id: '1', type: 'error', payload: UNAUTHORIZED }]);
    await client.send({ type: 'connection_init' });
    await vi.advanceTimersByTimeAsync(3_000);
    expect(client.closings).toEqual([4408]);
    await client.leave();
  });

  test('gets the data of a query and its completion', async () => {
    const client = connect();
    await client.send(INIT);
    await client.send(start('1'));
    expect(client.messages.slice(2)).toEqual([
      { id: '1', type: 'data', payload: { data: { ok: 1 } } },
      { id: '1', type: 'complete' },
    ]);
    await client.leave();
  });

  test('that stops a subscription gets its completion, and may use the id again', async () => {
    const results = new Results();
    const client = connect(results);
    await client.send(INIT);
    const following = client.send(start('1', 'subscription { a }'));
    await vi.advanceTimersByTimeAsync(0);
    results.bring({ data: { a: 1 } });
    await vi.advanceTimersByTimeAsync(0);
    await client.send({ id: '1', type: 'stop' });
    await client.send(start('1'));
    await following;
    expect(results.isEnded).toBe(true);
    expect(client.messages.slice(2)).toEqual([
      { id: '1', type: 'data', payload: { data: { a: 1 } } },
      { id: '1', type: 'complete' },
      { id: '1', type: 'data', payload: { data: { ok: 1 } } },
      { id: '1', type: 'complete' },
    ]);
    await client.leave();
  });

  test('that stops a subscription before it runs gets no results', async () => {
    const results = new Results();
    const ready = Promise.withResolvers<void>();
    const client = connect(results, async () => {
      await ready.promise;
      return { ok: true, args: {} as never, run: async () => results };
    });
    await client.send(INIT);
    const following = client.send(start('1', 'subscription { a }'));
    await client.send({ id: '1', type: 'stop' });
    ready.resolve();
    await following;
    expect(client.messages.slice(2)).toEqual([{ id: '1', type: 'complete' }]);
    await client.leave();
  });

  test('that uses an id again changes nothing, and an operation over the limit is rejected', async () => {
    const client = connect();
    await client.send(INIT);
    const following = ['1', '1', '2', '3'].map((id) =>
      client.send(start(id, 'subscription { a }')),
    );
    await vi.advanceTimersByTimeAsync(0);
    expect(client.messages.slice(2)).toMatchObject([
      { id: '3', type: 'error', payload: { errors: [{ extensions: { code: 'OVERLOADED' } }] } },
    ]);
    await client.leave();
    await Promise.all(following);
  });

  test('that leaves ends its subscriptions', async () => {
    const results = new Results();
    const client = connect(results);
    await client.send(INIT);
    const following = client.send(start('1', 'subscription { a }'));
    await vi.advanceTimersByTimeAsync(0);
    await client.leave();
    await following;
    expect(results.isEnded).toBe(true);
  });

  test('that terminates is closed', async () => {
    const client = connect();
    await client.send(INIT);
    await client.send({ type: 'connection_terminate' });
    expect(client.closings).toEqual([1000]);
    await client.leave();
  });

  test('that names an operation by a number gets the number back', async () => {
    const client = connect();
    await client.send(INIT);
    await client.send({ id: 7, type: 'start', payload: { query: '{ ok }' } });
    expect(client.messages.slice(2)).toEqual([
      { id: 7, type: 'data', payload: { data: { ok: 1 } } },
      { id: 7, type: 'complete' },
    ]);
    await client.leave();
  });

  test('row 116: that sends an invalid message gets an error and can continue', async () => {
    const client = connect();
    await client.send(INIT);
    const wrong: [unknown, string][] = [
      ['{"type":', 'connection_error'],
      [[], 'connection_error'],
      [null, 'connection_error'],
      [{}, 'connection_error'],
      [{ type: 'subscribe', id: '1' }, 'connection_error'],
      [{ type: 'start', payload: { query: '{ ok }' } }, 'error'],
      [{ type: 'start', id: 5.5, payload: { query: '{ ok }' } }, 'error'],
      [{ type: 'start', id: true, payload: { query: '{ ok }' } }, 'error'],
      [{ type: 'stop' }, 'error'],
      [{ type: 'start', id: '1' }, 'error'],
      [{ type: 'start', id: '1', payload: { query: '' } }, 'error'],
      [{ type: 'start', id: '1', payload: { query: 5 } }, 'error'],
      [{ type: 'start', id: '1', payload: { query: '{ ok }', variables: 'x' } }, 'error'],
      [{ type: 'start', id: '1', payload: { query: '{ ok }', operationName: 5 } }, 'error'],
      [{ type: 'start', id: '1', payload: { query: '{ ok }', extensions: [] } }, 'error'],
    ];
    for (const [message, type] of wrong) {
      await client.send(message);
      expect({ message, ...client.messages.at(-1) }).toMatchObject({ message, type });
    }
    await client.send(start('1'));
    expect(client.messages.at(-1)).toEqual({ id: '1', type: 'complete' });
    expect(client.closings).toEqual([]);
    await client.leave();
  });
});
