import type { ExecutionResult } from 'graphql';
import { SubscriptionClient } from 'subscriptions-transport-ws';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';

import { writeUntilReceived } from './follow.ts';
import { FIRST_PURCHASE, JOINED_DATA, JOINED_QUERY, openShop, type Shop } from './shop.ts';

interface PurchaseEvent {
  readonly amount: number;
  readonly product: unknown;
}

describe('Apollo’s subscriptions-transport-ws', () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await openShop();
  });
  afterAll(() => shop[Symbol.asyncDispose]());

  const connect = (path: string): SubscriptionClient =>
    new SubscriptionClient(`ws://${shop.network.gateway.address}${path}`, {}, WebSocket);

  async function all(client: SubscriptionClient, query: string): Promise<ExecutionResult[]> {
    const results: ExecutionResult[] = [];
    await new Promise<void>((resolve, reject) => {
      client.request({ query }).subscribe({
        next: (result) => results.push(result),
        error: reject,
        complete: resolve,
      });
    });
    return results;
  }

  test.each(['/graphql-ws', '/graphql'])(
    'a joined query over %s has its answer and then completes',
    async (path) => {
      const client = connect(path);
      expect(await all(client, JOINED_QUERY)).toEqual([{ data: JOINED_DATA }]);
      await expect(all(client, '{ nothing }')).rejects.toMatchObject({
        extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
      });
      client.close();
    },
  );

  test('a subscription by key brings every change of that key, joined, in order and once', async () => {
    const client = connect('/graphql-ws');
    const heard: PurchaseEvent[] = [];
    const following = client
      .request({
        query: 'subscription ($id: ID!) { purchase(id: $id) { amount product { name } } }',
        variables: { id: 'old-ws' },
      })
      .subscribe({
        next: ({ data }) => heard.push((data as { purchase: PurchaseEvent }).purchase),
      });
    const expected = await writeUntilReceived(shop, { id: 'old-ws', productId: 'p2' }, () => heard);
    // A change of another key is no event.
    await shop.buy(FIRST_PURCHASE);
    expect(heard).toEqual(
      expected.map((amount) => ({ amount, product: { name: 'Brass thermometer' } })),
    );
    following.unsubscribe();
    client.close();
  });
});
