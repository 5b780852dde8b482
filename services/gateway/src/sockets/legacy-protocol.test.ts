import type { IncomingMessage } from 'node:http';

import type { ApiKeyCheck } from '@quicksilver/common/http/api-key-check';
import type { ExecutionResult } from 'graphql';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

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

/** Results that come when the test says so. */
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
  readonly said: readonly { readonly type: string }[];
  readonly closings: readonly number[];
  say(message: unknown): Promise<void>;
  leave(): Promise<void>;
}

/** Of one test. */
const clients: Client[] = [];

/** A client whose subscriptions bring the results that are given, and whose queries answer at once. */
function connect(results?: Results, prepare?: () => Promise<PreparedOperation>): Client {
  const keys: ApiKeyCheck = {
    isRequired: true,
    admit: (key: unknown) => (key === KEY ? { digest: 'x' } : undefined),
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
    served: () => ({ server, topics: new Set() }),
    newContext: () => ({}) as GatewayContext,
    keys,
    log: { error: () => {} } as never,
    operationsMax: 2,
  });
  const said: { readonly type: string }[] = [];
  const closings: number[] = [];
  let receive: ((text: string) => Promise<void>) | undefined;
  const socket: ProtocolSocket = {
    protocol: 'graphql-ws',
    send: async (text) => void said.push(JSON.parse(text) as { type: string }),
    close: (code = 0) => void closings.push(code),
    onMessage: (callback) => {
      receive = callback;
    },
  };
  const extra = {
    request: { headers: {} } as IncomingMessage,
    signal: new AbortController().signal,
  };
  const closed = legacyProtocol(operations, { initMs: 3_000, keepAliveMs: 15_000 }).opened(
    socket,
    extra,
  );
  const client: Client = {
    said,
    closings,
    say: (message) =>
      receive?.(typeof message === 'string' ? message : JSON.stringify(message)) ??
      Promise.reject(new Error('nobody listens')),
    leave: () => closed(),
  };
  clients.push(client);
  return client;
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(async () => {
  const toldOf = (): number[] => clients.map(({ said, closings }) => said.length + closings.length);
  const told = toldOf();
  await vi.advanceTimersByTimeAsync(60_000);
  vi.useRealTimers();
  // Not by counting timers: files that share this process may have left something that sets one.
  if (toldOf().some((count, at) => count !== told[at])) {
    throw new Error('a timer is left after its client is gone');
  }
  clients.length = 0;
});

describe('a client of the old protocol graphql-ws', () => {
  test('is acknowledged with a ka right after it, and one every 15 seconds until it leaves', async () => {
    const client = connect();
    await client.say(INIT);
    expect(client.said).toEqual([{ type: 'connection_ack' }, { type: 'ka' }]);
    await vi.advanceTimersByTimeAsync(14_999);
    expect(client.said).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(15_001);
    expect(client.said.slice(2)).toEqual([{ type: 'ka' }, { type: 'ka' }]);
    await client.leave();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(client.said).toHaveLength(4);
    expect(client.closings).toEqual([]);
  });

  test.each([
    ['none', undefined],
    ['a wrong one', { 'X-API-Key': 'wrong' }],
    ['one that is no text', { 'X-API-Key': [KEY] }],
  ])('with the key: %s, gets Quick’s answer, and another try', async (_what, payload) => {
    const client = connect();
    await client.say({ type: 'connection_init', payload });
    expect(client.said).toEqual([{ type: 'error', payload: UNAUTHORIZED }]);
    await client.say(INIT);
    expect(client.said.slice(1)).toEqual([{ type: 'connection_ack' }, { type: 'ka' }]);
    await client.leave();
  });

  test('that skips connection_init runs nothing, and is closed with 4408 after three seconds', async () => {
    const client = connect();
    await client.say(start('1'));
    expect(client.said).toEqual([{ id: '1', type: 'error', payload: UNAUTHORIZED }]);
    await client.say({ type: 'connection_init' });
    await vi.advanceTimersByTimeAsync(3_000);
    expect(client.closings).toEqual([4408]);
    await client.leave();
  });

  test('gets the data of a query and its completion', async () => {
    const client = connect();
    await client.say(INIT);
    await client.say(start('1'));
    expect(client.said.slice(2)).toEqual([
      { id: '1', type: 'data', payload: { data: { ok: 1 } } },
      { id: '1', type: 'complete' },
    ]);
    await client.leave();
  });

  test('that stops a subscription gets its completion, and may use the id again', async () => {
    const results = new Results();
    const client = connect(results);
    await client.say(INIT);
    const following = client.say(start('1', 'subscription { a }'));
    await vi.advanceTimersByTimeAsync(0);
    results.bring({ data: { a: 1 } });
    await vi.advanceTimersByTimeAsync(0);
    await client.say({ id: '1', type: 'stop' });
    await client.say(start('1'));
    await following;
    expect(results.isEnded).toBe(true);
    expect(client.said.slice(2)).toEqual([
      { id: '1', type: 'data', payload: { data: { a: 1 } } },
      { id: '1', type: 'complete' },
      { id: '1', type: 'data', payload: { data: { ok: 1 } } },
      { id: '1', type: 'complete' },
    ]);
    await client.leave();
  });

  test('that stops a subscription before it runs hears nothing of it any more', async () => {
    const results = new Results();
    const ready = Promise.withResolvers<void>();
    const client = connect(results, async () => {
      await ready.promise;
      return { ok: true, args: {} as never, run: async () => results };
    });
    await client.say(INIT);
    const following = client.say(start('1', 'subscription { a }'));
    await client.say({ id: '1', type: 'stop' });
    ready.resolve();
    await following;
    expect(client.said.slice(2)).toEqual([{ id: '1', type: 'complete' }]);
    await client.leave();
  });

  test('that uses an id again changes nothing, and one operation too many is refused', async () => {
    const client = connect();
    await client.say(INIT);
    const following = ['1', '1', '2', '3'].map((id) => client.say(start(id, 'subscription { a }')));
    await vi.advanceTimersByTimeAsync(0);
    expect(client.said.slice(2)).toMatchObject([
      { id: '3', type: 'error', payload: { errors: [{ extensions: { code: 'OVERLOADED' } }] } },
    ]);
    await client.leave();
    await Promise.all(following);
  });

  test('that leaves ends what it followed', async () => {
    const results = new Results();
    const client = connect(results);
    await client.say(INIT);
    const following = client.say(start('1', 'subscription { a }'));
    await vi.advanceTimersByTimeAsync(0);
    await client.leave();
    await following;
    expect(results.isEnded).toBe(true);
  });

  test('that terminates is closed', async () => {
    const client = connect();
    await client.say(INIT);
    await client.say({ type: 'connection_terminate' });
    expect(client.closings).toEqual([1000]);
    await client.leave();
  });

  test('row 116: that says what is no message is told so, and goes on', async () => {
    const client = connect();
    await client.say(INIT);
    const wrong: [unknown, string][] = [
      ['{"type":', 'connection_error'],
      [[], 'connection_error'],
      [null, 'connection_error'],
      [{}, 'connection_error'],
      [{ type: 'subscribe', id: '1' }, 'connection_error'],
      [{ type: 'start', payload: { query: '{ ok }' } }, 'error'],
      [{ type: 'start', id: 5, payload: { query: '{ ok }' } }, 'error'],
      [{ type: 'stop' }, 'error'],
      [{ type: 'start', id: '1' }, 'error'],
      [{ type: 'start', id: '1', payload: { query: '' } }, 'error'],
      [{ type: 'start', id: '1', payload: { query: 5 } }, 'error'],
      [{ type: 'start', id: '1', payload: { query: '{ ok }', variables: 'x' } }, 'error'],
      [{ type: 'start', id: '1', payload: { query: '{ ok }', operationName: 5 } }, 'error'],
      [{ type: 'start', id: '1', payload: { query: '{ ok }', extensions: [] } }, 'error'],
    ];
    for (const [message, type] of wrong) {
      await client.say(message);
      expect({ message, ...client.said.at(-1) }).toMatchObject({ message, type });
    }
    await client.say(start('1'));
    expect(client.said.at(-1)).toEqual({ id: '1', type: 'complete' });
    expect(client.closings).toEqual([]);
    await client.leave();
  });
});
