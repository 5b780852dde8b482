import { readConfig } from '@quicksilver/common/config/option';
import { MemoryNetwork } from '@quicksilver/testkit/memory-network';
import { silentLog } from '@quicksilver/testkit/silent-log';
import { expect, test } from 'vitest';

import { assembleGateway } from './assemble.ts';
import { gatewayOptions } from './config.ts';

test('a response has the greatest lag and age of its reads, and none without reads', async () => {
  const schema = `
    type Query { item(id: ID!): Item @topic(name: "items", keyArgument: "id") }
    type Item { text: String }`;
  await using network = await MemoryNetwork.start({
    topics: [{ name: 'items', keyType: 'STRING', records: [['"a"', '{"text":"x"}']] }],
    schema,
    gateway: (env, sdl, kafka) =>
      assembleGateway(readConfig(gatewayOptions, env), { sdl }, { kafka, log: silentLog }),
  });
  for (const [id, item] of [
    ['a', { text: 'x' }],
    ['none', null],
  ]) {
    const read = await network.ask({ query: `{ item(id: "${String(id)}") { text } }` });
    expect(read.json()).toEqual({ data: { item } });
    expect(read.headers).toMatchObject({
      'x-quick-lag': '0',
      'x-quick-age': expect.stringMatching(/^\d+$/),
    });
  }
  const { headers } = await network.ask({ query: '{ __typename }' });
  expect(headers).not.toHaveProperty('x-quick-lag');
  expect(headers).not.toHaveProperty('x-quick-age');
});
