import { createClient } from 'graphql-sse';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { writeUntilReceived } from './follow.ts';
import { JOINED_DATA, JOINED_QUERY, openShop, type Shop } from './shop.ts';

describe('graphql-sse', () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await openShop();
  });
  afterAll(() => shop[Symbol.asyncDispose]());

  const connect = (): ReturnType<typeof createClient> =>
    createClient({ url: `${shop.network.gateway.url}/graphql`, retryAttempts: 0 });

  test('a joined query over server-sent events has its answer and then completes', async () => {
    const client = connect();
    const results = [];
    for await (const result of client.iterate({ query: JOINED_QUERY })) {
      results.push(result);
    }
    expect(results).toEqual([{ data: JOINED_DATA }]);
    client.dispose();
  });

  test('a subscription to a whole topic brings every record in order and once', async () => {
    const client = connect();
    const heard: { amount: number }[] = [];
    const stream = client.iterate<{ purchases: { id: string; amount: number } }>({
      query: 'subscription { purchases { id amount } }',
    });
    const following = (async () => {
      for await (const result of stream) {
        if (result.data?.purchases.id === 'sse') {
          heard.push(result.data.purchases);
        }
      }
    })();
    const expected = await writeUntilReceived(shop, { id: 'sse', productId: 'p1' }, () => heard);
    expect(heard.map((event) => event.amount)).toEqual(expected);
    await stream.return?.(undefined);
    await following;
    client.dispose();
  });
});
