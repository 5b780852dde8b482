import { AppError } from '@quicksilver/common/errors/app-error';
import type { TopicDescription } from '@quicksilver/kafka/ports';
import { createLog } from '@quicksilver/common/observe/log';
import type { ValueWriter } from '@quicksilver/codec/registry/value-writers';
import type { TopicEntry } from '@quicksilver/contracts/topics/topic-entry';
import { expect, test } from 'vitest';

import { ConformingValues } from '../decode/conforming-values.ts';
import { TopicGuard } from './topic-guard.ts';

const entry: TopicEntry = {
  name: 't',
  keyType: 'STRING',
  valueType: 'STRING',
  writeType: 'MUTABLE',
  partitions: 3,
};
const described: TopicDescription = { topic: 't', topicId: 'id-1', partitions: 3 };

function guardOn(world: {
  entry: TopicEntry;
  describeCalls?: number;
  describe: () => Promise<TopicDescription | undefined>;
  writerOf?: () => Promise<ValueWriter>;
}): TopicGuard {
  return new TopicGuard({
    require: () => world.entry,
    describe: () => {
      world.describeCalls = (world.describeCalls ?? 0) + 1;
      return world.describe();
    },
    conforming: new ConformingValues({ unknownMembers: 'accept' }),
    writerOf: world.writerOf ?? (() => Promise.reject(new Error('no schema is needed'))),
    describeMs: 200,
    log: createLog('test', 'error'),
  });
}

test('a topic is known once Kafka has described it, and Kafka is asked once for all who wait', async () => {
  const world = { entry, describeCalls: 0, describe: () => Promise.resolve(described) };
  const guard = guardOn(world);
  expect(guard.known('t', 'values')).toBeUndefined();
  await Promise.all([guard.verify('t'), guard.verify('t')]);
  expect(guard.known('t', 'values')).toEqual({ entry, topicId: 'id-1', isGrown: false });
  expect(world.describeCalls).toBe(1);
});

test('keys are placed by the number of partitions that Kafka has, whatever the registry says', async () => {
  for (const partitions of [6, 2]) {
    const guard = guardOn({ entry, describe: () => Promise.resolve({ ...described, partitions }) });
    await guard.verify('t');
    expect(guard.known('t', 'values')?.entry).toEqual({ ...entry, partitions });
  }
});

test('a topic that Kafka does not have is not found', async () => {
  const guard = guardOn({ entry, describe: () => Promise.resolve(undefined) });
  await expect(guard.verify('t')).rejects.toMatchObject({ code: 'TOPIC_NOT_FOUND' });
});

test('if Kafka does not respond, it is unavailable after the deadline', async () => {
  const guard = guardOn({ entry, describe: () => new Promise(() => {}) });
  await expect(guard.verify('t')).rejects.toMatchObject({ code: 'KAFKA_UNAVAILABLE' });
});

test('a new entry of the topic asks Kafka again', async () => {
  const world = { entry, describeCalls: 0, describe: () => Promise.resolve(described) };
  const guard = guardOn(world);
  await guard.verify('t');
  world.entry = { ...entry, valueType: 'JSON' };
  expect(guard.known('t', 'values')).toBeUndefined();
});

test('a failed check is asked again by the next write', async () => {
  let fails = true;
  const guard = guardOn({
    entry,
    describe: () =>
      fails
        ? Promise.reject(new AppError('KAFKA_UNAVAILABLE', 'away'))
        : Promise.resolve(described),
  });
  await expect(guard.verify('t')).rejects.toMatchObject({ code: 'KAFKA_UNAVAILABLE' });
  fails = false;
  await expect(guard.verify('t')).resolves.toMatchObject({ topicId: 'id-1' });
});

test('F21: while the schema registry is away a topic whose schema is known is written by it, and another one says so until it is back', async () => {
  let isAway = true;
  let why = 'away';
  const writer = { fromJson: (json: string) => Buffer.from(json) };
  const guard = guardOn({
    entry: { ...entry, valueType: 'AVRO' },
    describe: () => Promise.resolve(described),
    writerOf: () =>
      isAway ? Promise.reject(new AppError('REGISTRY_UNAVAILABLE', why)) : Promise.resolve(writer),
  });
  const first = await guard.verify('t');
  expect(() => first.values?.fromJson('1')).toThrow('away');
  // Records can be removed all the same; a value is never refused by what the registry said before.
  expect(guard.known('t', 'removals')?.topicId).toBe('id-1');
  expect(guard.known('t', 'values')).toBeUndefined();
  why = 'away again';
  const second = await guard.verify('t');
  expect(() => second.values?.fromJson('1')).toThrow(why);
  isAway = false;
  await guard.verify('t');
  expect(guard.known('t', 'values')?.values).toBe(writer);
  isAway = true;
  expect((await guard.verify('t')).values).toBe(writer);
});
