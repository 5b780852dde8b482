import {
  batchPath,
  keyPath,
  listPath,
  partitionsPath,
  type MirrorStatus,
} from '@quicksilver/contracts/mirror-api/contract';
import { partitionOf } from '@quicksilver/kafka/partitioner';
import { eventually } from '@quicksilver/testkit/eventually';
import { call, type Answer } from '@quicksilver/testkit/http-call';
import { MirrorReplicas } from '@quicksilver/testkit/mirror-replicas';
import { expect, test } from 'vitest';

const PARTITIONS = 3;
const HOUR = 3_600_000;

/** Keys whose own partition is this one. */
function keysAt(partition: number, count: number): string[] {
  const keys: string[] = [];
  for (let number = 0; keys.length < count; number += 1) {
    const key = `user-${number}`;
    if (partitionOf(Buffer.from(key), PARTITIONS) === partition) {
      keys.push(key);
    }
  }
  return keys;
}

const [MISPLACED = '', OWN = '', MISSING = ''] = keysAt(0, 3);

function read(mirror: MirrorReplicas, key: string, position?: string): Promise<Answer> {
  const headers = position === undefined ? {} : { 'x-quick-min-position': position };
  return call(`${mirror.url(0)}${keyPath(mirror.entry.name, key)}`, { headers });
}

const mixedOf = async (mirror: MirrorReplicas): Promise<unknown> => {
  const answer = await call(`${mirror.url(0)}${partitionsPath(mirror.entry.name)}`);
  return answer.headers['x-quick-mixed'];
};

test('P1: a topic with all keys in their home partitions is not mixed, and responses have no new headers', async () => {
  await using mirror = await MirrorReplicas.start({ replicas: 1, partitions: PARTITIONS });
  mirror.write(0, OWN, '1', 5);
  const answer = await read(mirror, OWN, '0:0');
  expect(answer.text).toBe('1');
  expect(answer.headers).not.toHaveProperty('x-quick-mixed');
  expect(await mixedOf(mirror)).toBe('?0');
  const status = (await call(`${mirror.url(0)}/status`)).json() as MirrorStatus;
  expect(status.topics[0]).toMatchObject({ mixed: false, misplacedRecords: 0 });
  expect(status.topics[0]).not.toHaveProperty('placement');
});

test('P1: misplaced records are counted, and status and responses report that the topic is mixed', async () => {
  await using mirror = await MirrorReplicas.start({ replicas: 1, partitions: PARTITIONS });
  mirror.write(1, MISPLACED, '1', 5);
  mirror.write(2, MISPLACED, '2', 4);
  const answer = await read(mirror, MISPLACED, '1:0,2:0');
  expect(answer.text).toBe('1');
  expect(answer.headers).toMatchObject({ 'x-kafka-partition': '1', 'x-quick-mixed': '?1' });
  expect(await mixedOf(mirror)).toBe('?1');
  const status = (await call(`${mirror.url(0)}/status`)).json() as MirrorStatus;
  expect(status.topics[0]).toMatchObject({
    mixed: true,
    misplacedRecords: 2,
    placement: expect.stringContaining('another partition'),
    partitions: [{ misplacedRecords: 0 }, { misplacedRecords: 1 }, { misplacedRecords: 1 }],
  });
  const places = await call(`${mirror.url(0)}/topics/${mirror.entry.name}/keys:locate`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify([MISPLACED, OWN]),
  });
  expect(places.json()).toEqual([
    [
      { partition: 1, offset: '0', timestamp: 5 },
      { partition: 2, offset: '0', timestamp: 4 },
    ],
    [],
  ]);
});

test('I-R1: a position in a partition of another replica is proof that a key can be there', async () => {
  await using mirror = await MirrorReplicas.start({ replicas: 3, partitions: PARTITIONS });
  // In the first report of each replica no partition is mixed.
  await eventually(async () => expect((await read(mirror, OWN)).status).toBe(404));
  mirror.write(1, MISPLACED, '{"a":1}', 5);
  const answer = await read(mirror, MISPLACED, '1:0');
  expect([answer.status, answer.text]).toEqual([200, '{"a":1}']);
  expect(answer.headers).toMatchObject({ 'x-kafka-partition': '1', 'x-kafka-offset': '0' });
});

test('I-R4: while a replica of a mixed topic is down, a read that needs it is an error that names the partition', async () => {
  await using mirror = await MirrorReplicas.start({ replicas: 3, partitions: PARTITIONS });
  mirror.write(1, MISPLACED, '1', 5);
  mirror.write(0, OWN, '2', 5);
  await eventually(async () => expect(await mixedOf(mirror)).toBe('?1'));
  await mirror.stop(1);
  for (const key of [MISPLACED, OWN, MISSING]) {
    const answer = await read(mirror, key);
    expect(answer.status, answer.text).toBe(503);
    expect(answer.text).toContain('Partition 1');
  }
  const url = `${mirror.url(0)}${batchPath(mirror.entry.name)}`;
  const headers = { 'content-type': 'application/json' };
  const batch = await call(url, { method: 'POST', headers, body: JSON.stringify([OWN]) });
  expect(batch.status).toBe(503);
  const list = await call(`${mirror.url(0)}${listPath(mirror.entry.name)}?partitions=0`);
  expect(list.status).toBe(503);

  await mirror.restart(1);
  await eventually(async () => expect((await read(mirror, MISPLACED)).text).toBe('1'));
});

test('I-R4: a replica without a report of another one does not respond that a key is missing', async () => {
  await using mirror = await MirrorReplicas.start({ replicas: 3, partitions: PARTITIONS });
  mirror.write(0, OWN, '1', 5);
  await eventually(async () => expect((await read(mirror, MISSING)).status).toBe(404));
  await mirror.stop(1);
  // One that knows that the other partition was not mixed goes on.
  expect((await read(mirror, MISSING)).status).toBe(404);
  await mirror.restart(0);
  await eventually(async () => expect((await read(mirror, OWN)).text).toBe('1'));
  const answer = await read(mirror, MISSING);
  expect([answer.status, answer.text]).toEqual([503, expect.stringContaining('partition 1')]);
});

test('M3: a tombstone removes an older value that is read later from another partition', async () => {
  await using mirror = await MirrorReplicas.start({ replicas: 1, partitions: PARTITIONS });
  mirror.write(0, MISPLACED, '1', 5);
  mirror.write(0, MISPLACED, null, 7);
  expect((await read(mirror, MISPLACED, '0:1')).status).toBe(404);
  // The removal left no note: the partition is rebuilt once to find it.
  mirror.write(1, MISPLACED, '2', 6);
  await eventually(async () => {
    const answer = await read(mirror, MISPLACED, '0:1,1:0');
    expect(answer.status, answer.text).toBe(404);
  });
  const status = (await call(`${mirror.url(0)}/status`)).json() as MirrorStatus;
  expect(status.topics[0]?.partitions.map(({ state }) => state)).not.toContain('failed');
  mirror.write(2, MISPLACED, '3', 8);
  expect((await read(mirror, MISPLACED, '2:0')).text).toBe('3');
});

test('B6: an expired record and its retention tombstone leave a newer value in another partition alone', async () => {
  await using mirror = await MirrorReplicas.start({
    replicas: 1,
    partitions: PARTITIONS,
    arguments: { retentionTime: 'PT1H', retentionTombstones: true },
  });
  mirror.now = HOUR;
  mirror.write(0, MISPLACED, '1', HOUR);
  mirror.write(1, MISPLACED, '2', HOUR + 10);
  expect((await read(mirror, MISPLACED, '0:0,1:0')).text).toBe('2');
  mirror.now = 2 * HOUR + 1;
  // The tombstone of the first is behind it in partition 0.
  await eventually(async () => {
    const answer = await read(mirror, MISPLACED, '0:1');
    expect([answer.status, answer.text]).toEqual([200, '2']);
  });
  mirror.now = 2 * HOUR + 10;
  expect((await read(mirror, MISPLACED)).status).toBe(404);
});
