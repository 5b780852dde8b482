import { createClient } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';

import { writeUntilReceived } from './follow.ts';
import { FIRST_PURCHASE, JOINED_DATA, JOINED_QUERY, openShop, type Shop } from './shop.ts';

describe('graphql-ws', () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await openShop();
  });
  afterAll(() => shop[Symbol.asyncDispose]());

  const connect = (): ReturnType<typeof createClient> =>
    createClient({
      url: `ws://${shop.network.gateway.address}/graphql`,
      webSocketImpl: WebSocket,
      retryAttempts: 0,
    });

  test('a joined query over a WebSocket has its answer and then completes', async () => {
    const client = connect();
    const results = [];
    for await (const result of client.iterate({ query: JOINED_QUERY })) {
      results.push(result);
    }
    expect(results).toEqual([{ data: JOINED_DATA }]);
    await client.dispose();
  });

  test('a subscription by key brings every change of that key, joined, in order and once', async () => {
    const client = connect();
    const heard: PurchaseEvent[] = [];
    const stream = client.iterate<{ purchase: PurchaseEvent }>({
      query: 'subscription ($id: ID!) { purchase(id: $id) { amount product { name } } }',
      variables: { id: 'ws' },
    });
    const following = (async () => {
      for await (const result of stream) {
        heard.push(dataOf<{ purchase: PurchaseEvent }>(result).purchase);
      }
    })();
    const expected = await writeUntilReceived(shop, { id: 'ws', productId: 'p2' }, () => heard);
    // A change of another key is no event.
    await shop.buy(FIRST_PURCHASE);
    expect(heard).toEqual(
      expected.map((amount) => ({ amount, product: { name: 'Brass thermometer' } })),
    );
    await stream.return?.(undefined);
    await following;
    await client.dispose();
  });
});

interface PurchaseEvent {
  readonly amount: number;
  readonly product: unknown;
}

function dataOf<T>(result: { readonly data?: T | null | undefined; readonly errors?: unknown }): T {
  if (result.data === undefined || result.data === null) {
    throw new Error(JSON.stringify(result.errors));
  }
  return result.data;
}
