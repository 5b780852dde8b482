import { AppError } from '@quicksilver/common/errors/app-error';
import { eventually } from '@quicksilver/testkit/eventually';
import { MemoryKafka } from '@quicksilver/testkit/memory-kafka';
import { silentLog } from '@quicksilver/testkit/silent-log';
import { afterEach, expect, test } from 'vitest';

import { accessDenied } from './access-denied.ts';
import { CompactedView } from './compacted-view.ts';
import { writeCompacted } from './compacted-writer.ts';
import { existingName } from './existing-name.ts';

const TOPIC = '__control';
const NEW = { topic: TOPIC, partitions: 1, replicationFactor: 1 };
const open: CompactedView[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((view) => view.stop()));
});

interface Followed {
  readonly view: CompactedView;
  readonly events: string[];
  readonly map: Map<string, string>;
}

async function follow(kafka: MemoryKafka, formerTopic?: string): Promise<Followed> {
  const events: string[] = [];
  const map = new Map<string, string>();
  const view = new CompactedView({
    source: kafka.source(),
    topic: TOPIC,
    formerTopic,
    log: silentLog,
    onRecord: (key, value, offset) => {
      events.push(`${offset} ${key}=${value === null ? '-' : value.toString()}`);
      if (value === null) {
        map.delete(key);
      } else {
        map.set(key, value.toString());
      }
    },
    onReset: () => events.push('reset'),
  });
  open.push(view);
  await view.start({ signal: new AbortController().signal, fail: () => {} });
  return { view, events, map };
}

const soon = (): AbortSignal => AbortSignal.timeout(20_000);

test('a topic that is not there yet is waited for, and said', async () => {
  const kafka = new MemoryKafka();
  const { view, map } = await follow(kafka);
  await eventually(() => expect(view.notReady()).toBe('topic __control does not exist yet'));
  expect(view.isCaughtUp).toBe(false);
  kafka.create(NEW);
  kafka.write(TOPIC, 'a', '1');
  await view.untilCaughtUp(soon());
  expect(view.notReady()).toBeUndefined();
  expect(map).toEqual(new Map([['a', '1']]));
});

test('a long value is compressed in the topic, and delivered as it was written', async () => {
  const kafka = new MemoryKafka();
  kafka.create(NEW);
  const { view, map } = await follow(kafka);
  const json = JSON.stringify({ schema: 'type T { field: String }\n'.repeat(100_000) });
  const deps = { admin: kafka.admin(), sink: kafka.sink() };
  const to = { topic: TOPIC, replicationFactor: 1 };
  await writeCompacted(to, { key: 'a', value: Buffer.from(json) }, deps, soon());
  kafka.write(TOPIC, 'b', '\u001f\u008b is no gzip');
  await view.caughtUpTo(1n, soon());
  expect(map.get('a')).toBe(json);
  expect(map.get('b')).toBe('\u001f\u008b is no gzip');
  const source = kafka.source();
  const { topicId } = (await source.describe(TOPIC, soon())) ?? { topicId: '' };
  const from = { topic: TOPIC, partition: 0, offset: 0n, topicId };
  const [fetched] = await source.fetch([from], {
    maxWaitMs: 0,
    maxBytesPerPartition: 1_048_576,
    signal: soon(),
  });
  expect(fetched?.records[0]?.value?.length).toBeLessThan(json.length / 10);
});

test('every record with a key is delivered once, in order', async () => {
  const kafka = new MemoryKafka();
  kafka.create(NEW);
  kafka.write(TOPIC, 'a', '1');
  kafka.write(TOPIC, null, 'x');
  const { view, events } = await follow(kafka);
  await view.untilCaughtUp(soon());
  kafka.write(TOPIC, 'b', '2');
  await view.caughtUpTo(kafka.write(TOPIC, 'a', null), soon());
  expect(events).toEqual(['0 a=1', '2 b=2', '3 a=-']);
  expect(view.nextOffset).toBe(4n);
});

test('a wait for an offset that does not come rejects with its signal', async () => {
  const kafka = new MemoryKafka();
  kafka.create(NEW);
  const { view } = await follow(kafka);
  await expect(view.caughtUpTo(0n, AbortSignal.timeout(20))).rejects.toThrow('aborted');
  const waiting = view.caughtUpTo(0n, soon());
  await view.stop();
  await expect(waiting).rejects.toThrow('aborted');
});

test('a recreated topic replaces all entries in one step, with tombstones for the rest', async () => {
  const kafka = new MemoryKafka();
  kafka.create(NEW);
  kafka.write(TOPIC, 'gone', '1');
  kafka.write(TOPIC, 'kept', '1');
  const { view, events, map } = await follow(kafka);
  await view.untilCaughtUp(soon());
  events.length = 0;
  kafka.delete(TOPIC);
  kafka.create(NEW);
  kafka.write(TOPIC, 'kept', '2');
  kafka.write(TOPIC, 'new', '3');
  kafka.write(TOPIC, 'kept', '4');
  await eventually(() => expect(map.has('gone')).toBe(false));
  expect(events).toEqual(['reset', '1 new=3', '2 kept=4', '2 gone=-']);
  expect(view.nextOffset).toBe(3n);
  await view.caughtUpTo(kafka.write(TOPIC, 'later', '5'), soon());
  expect(map.get('later')).toBe('5');
});

test('entries stay while the topic is deleted or unreadable', async () => {
  const kafka = new MemoryKafka();
  kafka.create(NEW);
  kafka.write(TOPIC, 'a', '1');
  const { view, map } = await follow(kafka);
  await view.untilCaughtUp(soon());
  kafka.failure = 'retriable';
  kafka.write(TOPIC, 'b', '2');
  await expect(view.caughtUpTo(1n, AbortSignal.timeout(150))).rejects.toThrow('aborted');
  expect(map).toEqual(new Map([['a', '1']]));
  kafka.failure = undefined;
  await view.caughtUpTo(1n, soon());
  kafka.delete(TOPIC);
  await expect(view.caughtUpTo(2n, AbortSignal.timeout(150))).rejects.toThrow('aborted');
  expect(map.size).toBe(2);
});

test('a write to a missing topic creates it and returns the offset', async () => {
  const kafka = new MemoryKafka();
  const needs = { admin: kafka.admin(), sink: kafka.sink() };
  const write = (key: string, value: string | null) => {
    const bytes = value === null ? null : Buffer.from(value);
    return writeCompacted(NEW, { key, value: bytes }, needs, soon());
  };
  expect(await write('a', '1')).toEqual({ ok: true, baseOffset: 0n });
  expect(await write('a', null)).toEqual({ ok: true, baseOffset: 1n });
  const { view, events } = await follow(kafka);
  await view.untilCaughtUp(soon());
  expect(events).toEqual(['0 a=1', '1 a=-']);
});

test('a topic with its former name is read, unless the topic with the current name exists', async () => {
  const kafka = new MemoryKafka();
  const formerTopic = '__former';
  kafka.create({ ...NEW, topic: formerTopic });
  kafka.write(formerTopic, 'a', 'old');
  const { view, map } = await follow(kafka, formerTopic);
  await view.untilCaughtUp(soon());
  expect(map).toEqual(new Map([['a', 'old']]));
  kafka.create(NEW);
  kafka.write(TOPIC, 'a', 'new');
  const second = await follow(kafka, formerTopic);
  await second.view.untilCaughtUp(soon());
  expect(second.map).toEqual(new Map([['a', 'new']]));
});

test('a former name that the user may not describe counts as missing, and an outage does not', async () => {
  const names = { topic: TOPIC, formerTopic: '__former' };
  const source = (failure: Error) => ({
    describe: async (topic: string) => {
      if (topic !== TOPIC) {
        throw failure;
      }
      return undefined;
    },
  });
  expect(await existingName(source(accessDenied('no right')), names, soon())).toBe(TOPIC);
  const outage = new AppError('KAFKA_UNAVAILABLE', 'no broker');
  await expect(existingName(source(outage), names, soon())).rejects.toBe(outage);
});
