import { addPartitions } from '@quicksilver/testkit/add-partitions';
import { testBroker } from '@quicksilver/testkit/broker';
import { deleteRecords } from '@quicksilver/testkit/delete-records';
import { eventually } from '@quicksilver/testkit/eventually';
import { listed, MirrorRig } from '@quicksilver/testkit/mirror-rig';
import { expect, test } from 'vitest';

const DEADLINE_MS = 40_000;

test('M7: added partitions are adopted without a rebuild or an interruption, and a read that names one sees it', async () => {
  await using rig = await MirrorRig.create();
  const keys = Array.from({ length: 60 }, (_, at) => `key ${at}`);
  await rig.write(Object.fromEntries(keys.map((key) => [key, '0'])));
  // A regular check would come too late. The request for a partition causes one.
  await using mirror = await rig.start({ QUICK_MIRROR_WATCH_MS: '600000' });
  await mirror.untilServing();
  const before = await mirror.partitions();
  await deleteRecords(
    testBroker(),
    rig.topic,
    new Map(before.map(({ partition, nextOffset }) => [partition, BigInt(nextOffset)])),
  );
  const unknown = await mirror.get('key 1', { 'x-quick-min-position': '5:0' });
  expect([unknown.status, unknown.json()]).toMatchObject([400, { errorCode: 'BAD_POSITION' }]);
  await addPartitions(testBroker(), rig.topic, 6);
  const fresh = keys.map((key) => `new ${key}`);
  const position = await rig.write(Object.fromEntries(fresh.map((key) => [key, '1'])), 6);
  for (const key of fresh) {
    const response = await eventually(async () => {
      const answer = await mirror.get(key, { 'x-quick-min-position': position });
      // A partition that has just begun may not be read to its end yet.
      expect(answer.status, answer.text).not.toBe(503);
      return answer;
    }, DEADLINE_MS);
    expect([response.status, response.text]).toEqual([200, '1']);
  }
  const after = await mirror.partitions();
  expect(after.map(({ partition, state }) => [partition, state])).toEqual(
    Array.from({ length: 6 }, (_, partition) => [partition, 'serving']),
  );
  // Applied records are deleted from the topic, so a rebuild would lose them.
  const counts = await listed(mirror, rig.topic);
  expect(keys.filter((key) => counts[key] !== 0)).toEqual([]);
  expect(Object.keys(counts).length).toBe(2 * keys.length);
});

test('M7: a mirror that was down while partitions were added continues with its store', async () => {
  await using rig = await MirrorRig.create();
  await rig.write({ a: '1', b: '2', c: '3', d: '4' });
  {
    await using mirror = await rig.start();
    await mirror.untilServing();
  }
  await addPartitions(testBroker(), rig.topic, 4);
  {
    await using mirror = await rig.start();
    await eventually(async () => expect(await mirror.partitions()).toHaveLength(4), DEADLINE_MS);
    await mirror.untilServing();
    expect(await listed(mirror, rig.topic)).toEqual({ a: 1, b: 2, c: 3, d: 4 });
  }
  await using again = await rig.start();
  await again.untilServing();
  expect(await again.partitions()).toHaveLength(4);
  expect(await listed(again, rig.topic)).toEqual({ a: 1, b: 2, c: 3, d: 4 });
});

test.each([2, 5])(
  'M7: a topic that is recreated with %i partitions instead of 3 is served in its new form',
  async (partitions) => {
    await using rig = await MirrorRig.create();
    await rig.write({ a: '1', b: '2', c: '3' });
    await using mirror = await rig.start();
    await mirror.untilServing();
    const signal = AbortSignal.timeout(DEADLINE_MS);
    await rig.admin.delete(rig.topic, signal);
    await eventually(async () => {
      const made = { topic: rig.topic, partitions, replicationFactor: 1 };
      expect(await rig.admin.create(made, signal)).toBe(true);
    }, DEADLINE_MS);
    await rig.write({ d: '4', e: '5' }, partitions);
    await eventually(async () => {
      expect(await mirror.partitions()).toHaveLength(partitions);
      expect(await listed(mirror, rig.topic)).toEqual({ d: 4, e: 5 });
    }, DEADLINE_MS);
  },
);
