import { readConfig } from '@quicksilver/common/config/option';
import { MemoryNetwork } from '@quicksilver/testkit/memory-network';
import { silentLog } from '@quicksilver/testkit/silent-log';
import { expect, test } from 'vitest';

import { assembleGateway } from './assemble.ts';
import { gatewayOptions } from './config.ts';

test('a batch over the limit of a response is not retried, and its error names the option', async () => {
  const schema = `
    type Query { items(ids: [ID!]!): [Item] @topic(name: "items", keyArgument: "ids") }
    type Item { text: String }`;
  const env = { QUICK_MIRROR_ANSWER_BYTES_MAX: '2000' };
  const value = JSON.stringify({ text: 'x'.repeat(1_500) });
  await using network = await MemoryNetwork.start({
    topics: [
      {
        name: 'items',
        keyType: 'STRING',
        records: [
          ['"a"', value],
          ['"b"', value],
        ],
      },
    ],
    schema,
    env: { gateway: env },
    gateway: (env, sdl, kafka) =>
      assembleGateway(readConfig(gatewayOptions, env), { sdl }, { kafka, log: silentLog }),
  });
  const ask = async (ids: readonly string[]): Promise<unknown> =>
    (
      await network.ask({
        query: `query ($ids: [ID!]!) { items(ids: $ids) { text } }`,
        variables: { ids },
      })
    ).json();
  expect(await ask(['a'])).toMatchObject({ data: { items: [{ text: expect.any(String) }] } });
  expect(await ask(['a', 'b'])).toMatchObject({
    errors: [
      {
        message:
          'Topic items cannot be read in one response: The response has more than 2000 bytes, the limit (QUICK_MIRROR_ANSWER_BYTES_MAX of a gateway). Read fewer keys or a smaller page at once, or raise the limit.',
        extensions: { code: 'TOO_MANY_ITEMS', retry: 'never' },
      },
      {},
    ],
  });
});
