import { expect, test } from 'vitest';

import { SocketClient } from '../bad-input/socket-client.ts';
import { openShop } from './shop.ts';

test('a client that names no subprotocol uses the older one, as front ends of bakdata Quick do', async () => {
  await using shop = await openShop();
  const { host } = new URL(shop.network.gateway.url);
  await using client = await SocketClient.ready(host, { protocols: [], path: '/graphql-ws' });
  client.say({ type: 'start', id: 1, payload: { query: '{ __typename }' } });
  await client.heard(({ type }) => type === 'complete');
  expect(client.messages.find(({ type }) => type === 'data')).toEqual({
    id: 1,
    type: 'data',
    payload: { data: { __typename: 'Query' } },
  });
});
