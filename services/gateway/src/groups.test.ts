import { createServer } from 'node:http';

import { readConfig } from '@quicksilver/common/config/option';
import { MemoryNetwork } from '@quicksilver/testkit/memory-network';
import { silentLog } from '@quicksilver/testkit/silent-log';
import { expect, test } from 'vitest';

import { assembleGateway } from './assemble.ts';
import { gatewayOptions } from './config.ts';

test('groups in groups return the values of their fields, and each @rest of a mutation is called', async () => {
  let calls = 0;
  await using server = createServer((_request, response) => {
    calls += 1;
    response.setHeader('content-type', 'application/json').end(`{"count":${calls}}`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const schema = `
    type Query { shop(id: ID): Shop! }
    type Shop { region: Region! name: String }
    type Region { catalog: Catalog item: Item @topic(name: "items", keyArgument: "id") }
    type Catalog { items: [Item] @topic(name: "items") shop: Shop }
    type Item { color: String catalog: Catalog }
    type Mutation { calls: Calls }
    type Calls { inner: Calls! send: Sent @rest(url: "http://127.0.0.1:${port}/", httpMethod: POST) }
    type Sent { count: Int }`;
  const hosts = { QUICK_REST_ALLOWED_HOSTS: `127.0.0.1:${port}=private` };
  await using network = await MemoryNetwork.start({
    topics: [{ name: 'items', keyType: 'STRING', records: [['"a"', '{"color":"red"}']] }],
    schema,
    env: { gateway: hosts },
    gateway: (env, sdl, kafka) =>
      assembleGateway(readConfig(gatewayOptions, env), { sdl }, { kafka, log: silentLog }),
  });
  const query =
    '{ shop(id: "a") { name region { item { color catalog { items { color } } } catalog { items { color } shop { region { item { color } } } } } } }';
  expect((await network.ask({ query })).json()).toEqual({
    data: {
      shop: {
        name: null,
        region: {
          // A record is no group.
          item: { color: 'red', catalog: null },
          catalog: { items: [{ color: 'red' }], shop: { region: { item: { color: 'red' } } } },
        },
      },
    },
  });
  const mutation =
    'mutation { calls { send { count } inner { send { count } again: send { count } } } }';
  const answer = (await network.ask({ query: mutation })).json();
  expect(answer).not.toHaveProperty('errors');
  expect(calls).toBe(3);
});
