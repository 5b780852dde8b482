import { eventually } from '@quicksilver/testkit/eventually';
import { MirrorReplicas } from '@quicksilver/testkit/mirror-replicas';
import { silentLog } from '@quicksilver/testkit/silent-log';
import { expect, test } from 'vitest';

import { httpAsk } from '../reconcile/ask-replica.ts';
import { probeMirror } from './probe-mirror.ts';
import { mergePoison, readPoisonWith } from './read-poison.ts';

const ask = httpAsk({ peerKey: () => undefined, log: silentLog });
const addressOf = (url: string): string => new URL(url).host;

test('the manager reads from each replica of a mirror which records it skipped', async () => {
  await using mirror = await MirrorReplicas.start({ replicas: 2, partitions: 2 });
  mirror.write(0, 'a', 'no JSON', 5);
  mirror.write(1, 'b', '{', 4);
  const addresses = [addressOf(mirror.url(0)), addressOf(mirror.url(1))];
  const read = readPoisonWith(ask);
  await eventually(async () => {
    const lists = await Promise.all(addresses.map((address) => read(address, 'people')));
    const items = mergePoison(lists.map((list) => list ?? []));
    expect(items.map(({ partition, offset, timestamp }) => [partition, offset, timestamp])).toEqual(
      [
        [1, '0', 4],
        [0, '0', 5],
      ],
    );
  });
  const status = await probeMirror(ask)(addresses[0] ?? '', AbortSignal.timeout(10_000));
  expect(status?.topics[0]?.partitions).toContainEqual(
    expect.objectContaining({
      poisonRecords: 1,
      lastPoison: expect.objectContaining({ offset: '0', reason: 'BAD_VALUE' }),
    }),
  );
  expect(await read(addresses[0] ?? '', 'unknown')).toBeUndefined();
});
