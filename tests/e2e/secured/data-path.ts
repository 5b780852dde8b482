import { eventually } from '@quicksilver/testkit/eventually';
import { call } from '@quicksilver/testkit/http-call';
import { createClient } from 'graphql-sse';
import { expect } from 'vitest';

const SEEN_MS = 90_000;

/** A gateway's schema with orders that can be read, written and followed. */
export const SCHEMA = (topic: string): string => `
  type Query { order(id: ID!): Order @topic(name: "${topic}", keyArgument: "id") }
  type Mutation {
    setOrder(id: ID!, order: OrderInput!): Order @topic(name: "${topic}", keyArgument: "id")
  }
  type Subscription { orders: Order @topic(name: "${topic}") }
  type Order { id: ID! total: Int }
  input OrderInput { id: ID! total: Int }`;

/** Writes over HTTP and by a mutation, and reads by a query and a subscription. */
export async function useDataPath(
  ingestUrl: string,
  gatewayUrl: string,
  topic: string,
): Promise<void> {
  const ask = async (query: string): Promise<string> =>
    (await call(`${gatewayUrl}/graphql`, { json: { query } })).text;
  await eventually(async () => {
    const value = { id: 'a', total: 1 };
    const { status, text } = await call(`${ingestUrl}/${topic}`, { json: { key: 'a', value } });
    expect([status, text]).toEqual([201, expect.anything()]);
  }, SEEN_MS);
  await eventually(async () => {
    expect(await ask('{ order(id: "a") { total } }')).toBe('{"data":{"order":{"total":1}}}');
  }, SEEN_MS);
  const events = createClient({ url: `${gatewayUrl}/graphql`, retryAttempts: 0 });
  const orders = events.iterate({ query: 'subscription { orders { id total } }' });
  let first: unknown;
  const reading = orders.next().then((event) => {
    first = event;
  });
  let total = 1;
  // The subscription may begin after the first of them.
  await eventually(async () => {
    total += 1;
    const answer = await ask(
      `mutation { setOrder(id: "b", order: { id: "b", total: ${total} }) { total } }`,
    );
    expect(answer).toContain(`{"data":{"setOrder":{"total":${total}}}`);
    expect(first).toMatchObject({ value: { data: { orders: { id: 'b' } } } });
  }, SEEN_MS);
  await reading;
  await orders.return?.();
  events.dispose();
}
