import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { partitionOf } from '@quicksilver/kafka/partitioner';
import { batchPath } from '@quicksilver/contracts/mirror-api/contract';
import { testBroker } from '@quicksilver/testkit/broker';
import { deleteRecords } from '@quicksilver/testkit/delete-records';
import { eventually } from '@quicksilver/testkit/eventually';
import { call, type Answer } from '@quicksilver/testkit/http-call';
import { JavaClients } from '@quicksilver/testkit/java-clients';
import { listed, MirrorRig, PARTITIONS, type RunningMirror } from '@quicksilver/testkit/mirror-rig';
import { expect, test } from 'vitest';

const DEADLINE_MS = 40_000;

test('M2: a restarted mirror continues at its position, without reading the topic again', async () => {
  await using rig = await MirrorRig.create();
  await rig.write({ a: '1', b: '2', c: '{"deep":[1,2]}' });
  {
    await using mirror = await rig.start();
    await mirror.untilServing();
    expect((await mirror.get('c')).text).toBe('{"deep":[1,2]}');
    const applied = (await mirror.partitions()).map(
      ({ partition, nextOffset }) => [partition, BigInt(nextOffset)] as const,
    );
    // Applied records are deleted from the topic, so a mirror that reads it again misses them.
    await deleteRecords(testBroker(), rig.topic, new Map(applied));
  }
  const position = await rig.write({ b: '3', d: '4' });
  await using again = await rig.start();
  expect((await again.partitions()).length).toBeLessThanOrEqual(PARTITIONS);
  await again.untilServing();
  expect((await again.get('b', { 'x-quick-min-position': position })).text).toBe('3');
  expect(await listed(again, rig.topic)).toEqual({ a: 1, b: 3, c: { deep: [1, 2] }, d: 4 });
});

test('M3: a tombstone removes the key from lookups, batches and lists', async () => {
  await using rig = await MirrorRig.create();
  await using mirror = await rig.start();
  const first = await rig.write({ a: '1', b: '2', never: null });
  const position = await rig.write({ a: null });
  await mirror.untilServing();
  const headers = { 'x-quick-min-position': position };
  expect((await mirror.get('a', headers)).status).toBe(404);
  expect((await mirror.get('never')).status).toBe(404);
  // It was serving before these records came. A read without a position may be older.
  const batch = await call(`${mirror.url}${batchPath(rig.topic)}`, {
    json: ['b', 'a'],
    headers: { 'x-quick-min-position': first },
  });
  expect(batch.text).toBe('[\n2\n,null\n]');
  expect(await listed(mirror, rig.topic)).toEqual({ b: 2 });
  const back = await rig.write({ a: '1' });
  expect((await mirror.get('a', { 'x-quick-min-position': back })).text).toBe('1');
});

test('M4, I-R1: a read with a position sees the write, each of 200 times', async () => {
  await using rig = await MirrorRig.create();
  await using mirror = await rig.start();
  await mirror.untilServing();
  for (let round = 0; round < 200; round += 1) {
    const position = await rig.write({ key: `"v${round}"` });
    const answer = await mirror.get('key', { 'x-quick-min-position': position });
    expect(answer.text).toBe(`"v${round}"`);
    expect(answer.headers['x-quick-position']).toContain(`${position}@`);
  }
});

test('I-M8: a recreated topic shows no record of the old one, in a running mirror', async () => {
  await using rig = await MirrorRig.create();
  await using mirror = await rig.start();
  const old = Object.fromEntries(Array.from({ length: 60 }, (_, at) => [`old-${at}`, '1']));
  await rig.write(old);
  await eventually(async () => {
    expect(Object.keys(await listed(mirror, rig.topic))).toHaveLength(60);
  }, DEADLINE_MS);
  const signal = AbortSignal.timeout(DEADLINE_MS);
  await rig.admin.delete(rig.topic, signal);
  await eventually(async () => {
    expect((await mirror.get('old-1')).status).toBe(503);
  }, DEADLINE_MS);
  await rig.admin.create(
    { topic: rig.topic, partitions: PARTITIONS, replicationFactor: 1 },
    signal,
  );
  // More than the old one had, so that the old offsets lie within the new log.
  const fresh = Object.fromEntries(Array.from({ length: 200 }, (_, at) => [`new-${at}`, '2']));
  await eventually(() => rig.write(fresh), DEADLINE_MS);
  await eventually(async () => {
    expect(await listed(mirror, rig.topic)).toEqual(
      Object.fromEntries(Object.keys(fresh).map((key) => [key, 2])),
    );
  }, DEADLINE_MS);
  expect((await mirror.get('old-1')).status).toBe(404);
});

test('I-M8: a topic that was recreated while the mirror was stopped shows no record of the old one', async () => {
  await using rig = await MirrorRig.create();
  await rig.write({ old: '1', kept: '1' });
  {
    await using mirror = await rig.start();
    await mirror.untilServing();
  }
  const signal = AbortSignal.timeout(DEADLINE_MS);
  await rig.admin.delete(rig.topic, signal);
  await rig.admin.create(
    { topic: rig.topic, partitions: PARTITIONS, replicationFactor: 1 },
    signal,
  );
  const fresh = Object.fromEntries(Array.from({ length: 60 }, (_, at) => [`new-${at}`, '2']));
  await eventually(() => rig.write(fresh), DEADLINE_MS);
  await using mirror = await rig.start();
  await mirror.untilServing();
  expect((await mirror.get('old')).status).toBe(404);
  expect(Object.keys(await listed(mirror, rig.topic))).toHaveLength(60);
});

test('I-M8: a mirror rebuilds if records beyond its position were deleted while it was stopped', async () => {
  await using rig = await MirrorRig.create();
  await rig.write({ old: '1' });
  {
    await using mirror = await rig.start();
    await mirror.untilServing();
  }
  const partition = partitionOf(Buffer.from('old'), PARTITIONS);
  for (let round = 0; round < 5; round += 1) {
    await rig.write({ old: `${round}` });
  }
  await rig.write({ old: null });
  await deleteRecords(testBroker(), rig.topic, new Map([[partition, 7n]]));
  await using mirror = await rig.start();
  await mirror.untilServing();
  expect((await mirror.get('old')).status).toBe(404);
});

test('poison records are counted, listed and skipped', async () => {
  await using rig = await MirrorRig.create();
  await using mirror = await rig.start();
  const first = await rig.write({ good: '1', bad: '{"a":' });
  const second = await rig.write({ bad: '2', worse: '' });
  await mirror.untilServing();
  expect((await mirror.get('good', { 'x-quick-min-position': first })).text).toBe('1');
  expect((await mirror.get('bad', { 'x-quick-min-position': second })).text).toBe('2');
  await eventually(async () => {
    const partitions = await mirror.partitions();
    expect(partitions.reduce((sum, { poisonRecords }) => sum + poisonRecords, 0)).toBe(2);
  }, DEADLINE_MS);
  const { items } = (await call(`${mirror.url}/poison`)).json() as { items: object[] };
  expect(items).toHaveLength(2);
  expect(items).toContainEqual({
    topic: rig.topic,
    partition: partitionOf(Buffer.from('bad'), PARTITIONS),
    offset: expect.stringMatching(/^\d+$/),
    timestamp: expect.any(Number),
    reason: 'BAD_VALUE',
    detail: expect.any(String),
    key: Buffer.from('bad').toString('base64'),
    value: Buffer.from('{"a":').toString('base64'),
  });
  expect(await listed(mirror, rig.topic)).toEqual({ good: 1, bad: 2 });
});

test('poison records are counted and listed after a restart, also those of a first load', async () => {
  await using rig = await MirrorRig.create();
  const before = await rig.write({ good: '1', bad: '{"a":' });
  const listedPoison = async (url: string): Promise<unknown> =>
    ((await call(`${url}/poison`)).json() as { items: unknown }).items;
  const counts = async (mirror: RunningMirror): Promise<number[]> =>
    (await mirror.partitions()).map(({ poisonRecords }) => poisonRecords);
  let listedBefore: unknown;
  let countsBefore: number[];
  {
    await using mirror = await rig.start();
    await mirror.untilServing();
    expect((await mirror.get('good', { 'x-quick-min-position': before })).status).toBe(200);
    const after = await rig.write({ good: '2', worse: '', bad: '{"b":' });
    await mirror.get('bad', { 'x-quick-min-position': after });
    await mirror.get('worse', { 'x-quick-min-position': after });
    listedBefore = await listedPoison(mirror.url);
    countsBefore = await counts(mirror);
    expect(listedBefore).toHaveLength(3);
    expect(countsBefore.reduce((sum, count) => sum + count, 0)).toBe(3);
  }
  await using mirror = await rig.start();
  await mirror.untilServing();
  expect(await listedPoison(mirror.url)).toEqual(listedBefore);
  expect(await listedPoison(`${mirror.url}/topics/${rig.topic}`)).toEqual(listedBefore);
  expect((await call(`${mirror.url}/topics/unknown/poison`)).status).toBe(404);
  expect(await counts(mirror)).toEqual(countsBefore);
  const metrics = (await call(`${mirror.opsUrl}/metrics`)).text;
  const gauges = [...metrics.matchAll(/^mirror_skipped_records\{.*\} (\d+)$/gm)];
  expect(gauges.map(([, count]) => Number(count))).toEqual(countsBefore);
});

test('a retry leaves what cannot be read, and forgets what Kafka no longer has', async () => {
  await using rig = await MirrorRig.create();
  const retry = async (mirror: RunningMirror) =>
    (await call(`${mirror.url}/topics/${rig.topic}/poison:retry`, { method: 'POST' })).json();
  const partition = partitionOf(Buffer.from('bad'), PARTITIONS);
  {
    await using mirror = await rig.start();
    await mirror.untilServing();
    expect(await retry(mirror)).toEqual({ partitions: [] });
    await rig.write({ bad: '{"a":' });
    const position = await rig.write({ bad: '{"b":' });
    await mirror.get('bad', { 'x-quick-min-position': position });
    const left = { partition, read: 0, left: 2, isFinished: true };
    expect(await retry(mirror)).toEqual({ partitions: [left] });
    await deleteRecords(testBroker(), rig.topic, new Map([[partition, 1n]]));
    expect(await retry(mirror)).toEqual({ partitions: [{ ...left, read: 1, left: 1 }] });
  }
  await using mirror = await rig.start();
  await mirror.untilServing();
  expect((await mirror.get('bad')).headers['x-quick-skipped']).toBe(`${partition}:1`);
  await rig.write({ bad: '3' });
  await eventually(async () => expect((await mirror.get('bad')).text).toBe('3'), DEADLINE_MS);
  await deleteRecords(testBroker(), rig.topic, new Map([[partition, 2n]]));
  expect(await retry(mirror)).toMatchObject({ partitions: [{ read: 1, left: 0 }] });
  expect((await call(`${mirror.url}/poison`)).json()).toEqual({ items: [] });
});

test('a lookup says that the newest record of its key was skipped, also after a restart and from the cache', async () => {
  await using rig = await MirrorRig.create();
  const skippedOf = ({ status, headers }: Answer) => [status, headers['x-quick-skipped']];
  /** Returns the record as the header names it, once the mirror has read it. */
  const write = async (mirror: RunningMirror, value: string | null): Promise<string> => {
    const position = await rig.write({ key: value });
    await mirror.get('key', { 'x-quick-min-position': position });
    return position;
  };
  await rig.write({ other: '1' });
  let skipped: string;
  {
    await using mirror = await rig.start();
    await mirror.untilServing();
    await write(mirror, '1');
    expect(skippedOf(await mirror.get('key'))).toEqual([200, undefined]);
    skipped = await write(mirror, '{"a":');
    expect(skippedOf(await mirror.get('key'))).toEqual([200, skipped]);
  }
  await using mirror = await rig.start();
  await mirror.untilServing();
  expect(skippedOf(await mirror.get('key'))).toEqual([200, skipped]);
  expect(skippedOf(await mirror.get('other'))).toEqual([200, undefined]);
  const json = ['key', 'other'];
  const batch = await call(`${mirror.url}${batchPath(rig.topic)}`, { json });
  expect(skippedOf(batch)).toEqual([200, skipped]);
  await write(mirror, null);
  expect(skippedOf(await mirror.get('key'))).toEqual([404, undefined]);
  const again = await write(mirror, 'no JSON');
  const missing = await mirror.get('key');
  expect(skippedOf(missing)).toEqual([404, again]);
  expect(missing.text).toContain('could not be read and was skipped');
  await write(mirror, '2');
  expect(skippedOf(await mirror.get('key'))).toEqual([200, undefined]);
});

test('bytes that changed on the disk are never returned, and the mirror rebuilds the partition', async () => {
  await using rig = await MirrorRig.create();
  const text = JSON.stringify('a value that is easy to find on the disk');
  await rig.write({ a: text });
  {
    await using mirror = await rig.start();
    await mirror.untilServing();
  }
  {
    // After a reopen LevelDB has moved its log into a table, which it does not verify.
    await using mirror = await rig.start();
    await mirror.untilServing();
  }
  expect(await changeOnDisk(join(rig.dataDir, 'data'), 'easy to find')).toBeGreaterThan(0);
  await using mirror = await rig.start();
  await mirror.untilServing();
  const answers = new Set<string>();
  await eventually(async () => {
    const answer = await mirror.get('a');
    answers.add(answer.status === 503 ? 'unavailable' : answer.text);
    expect(answer.status).toBe(200);
  }, DEADLINE_MS);
  answers.delete('unavailable');
  expect([...answers]).toEqual([text]);
});

test('a mirror whose data directory is in use ends with an error, and the other one keeps serving', async () => {
  await using rig = await MirrorRig.create();
  await using mirror = await rig.start();
  await rig.write({ a: '1' });
  await mirror.untilServing();
  // The second one may listen before it finds the lock. Then it ends by itself.
  const second = rig.start().then((one) => one.ended);
  await expect(second).rejects.toThrow('in use by another process');
  expect((await mirror.get('a')).text).toBe('1');
});

/** Changes a byte of each occurrence of the text in a file. Returns their number. */
async function changeOnDisk(directory: string, text: string): Promise<number> {
  let places = 0;
  for (const name of await readdir(directory, { recursive: true })) {
    const file = join(directory, name);
    if ((await stat(file)).isFile()) {
      const bytes = await readFile(file);
      const at = bytes.indexOf(text);
      if (at !== -1) {
        bytes[at] = 'E'.charCodeAt(0);
        await writeFile(file, bytes);
        places += 1;
      }
    }
  }
  return places;
}

test('a batch that is too large after decompression is poison, and its partition goes on', async () => {
  await using rig = await MirrorRig.create();
  await using java = JavaClients.start(testBroker());
  const limit = 1_048_576;
  await java.run(
    `producer bomb compression.type=gzip max.request.size=${limit * 32} buffer.memory=${limit * 64}`,
  );
  const partition = partitionOf(Buffer.from('a'), PARTITIONS);
  await java.run(`send bomb ${rig.topic} ${partition} =bomb zeros:${limit * 16}`, 'flush bomb');
  const position = await rig.write({ a: '1' });
  await using mirror = await rig.start({ QUICK_KAFKA_DECOMPRESSED_BYTES_MAX: String(limit) });
  await mirror.untilServing();
  expect((await mirror.get('a', { 'x-quick-min-position': position })).text).toBe('1');
  const { items } = (await call(`${mirror.url}/poison`)).json() as { items: object[] };
  expect(items).toMatchObject([
    {
      partition,
      offset: '0',
      reason: 'BATCH_TOO_LARGE',
      detail: expect.stringContaining('QUICK_KAFKA_DECOMPRESSED_BYTES_MAX'),
      key: null,
      value: null,
    },
  ]);
});
