import { testBroker, uniqueTopic } from '@quicksilver/testkit/broker';
import { JavaClients } from '@quicksilver/testkit/kafka/java-clients';
import { readToEnd, withoutHeaders } from '@quicksilver/testkit/kafka/read-to-end';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { createKafkaClient, type KafkaClientKind } from './kafka-client.ts';
import type { KafkaClient, OutgoingRecord } from './ports.ts';

const KINDS: readonly KafkaClientKind[] = ['platformatic', 'kafkajs'];
const PARTITIONS = 3;

const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));
const record: fc.Arbitrary<OutgoingRecord> = fc.record({
  key: fc.option(bytes),
  value: fc.option(bytes),
  headers: fc.array(fc.tuple(fc.constantFrom('a', 'b', 'ü'), bytes), { maxLength: 2 }),
});

function clientOf(kind: KafkaClientKind): KafkaClient {
  return createKafkaClient(kind, {
    bootstrapServers: [testBroker().bootstrapServer],
    clientId: 'each-other',
    requestTimeoutMs: 30_000,
    decompressedBytesMax: 67_108_864,
  });
}

async function read(kind: KafkaClientKind, topic: string): ReturnType<typeof readToEnd> {
  const source = clientOf(kind).source();
  try {
    return await readToEnd(source, { topic, partitions: PARTITIONS, maxBytesPerPartition: 4000 });
  } finally {
    await source.close();
  }
}

describe('the two Kafka clients', () => {
  test.each(KINDS)('read alike what %s writes, and as the Java consumer reads it', async (kind) => {
    const topic = uniqueTopic('each-other');
    const client = clientOf(kind);
    const admin = client.admin();
    const sink = client.sink();
    await using java = JavaClients.start(testBroker());
    try {
      await admin.create(
        { topic, partitions: PARTITIONS, replicationFactor: 1 },
        AbortSignal.timeout(30_000),
      );
      const sample = fc.sample(fc.array(record, { minLength: 1, maxLength: 20 }), 60);
      const expected: unknown[][] = [[], [], []];
      for (const [index, records] of sample.entries()) {
        const partition = index % PARTITIONS;
        const [result] = await sink.produce([{ topic, partition, records }], 30_000);
        expect(result).toEqual({ ok: true, baseOffset: BigInt(expected[partition]?.length ?? -1) });
        const hex = records.map(({ key, value }) => [
          key?.toString('hex') ?? null,
          value?.toString('hex') ?? null,
        ]);
        expected[partition]?.push(...hex);
      }
      const seen = await java.read(topic);
      expect(seen.map(({ key, value }) => [key, value])).toEqual(expected.flat());
      expect(seen.flatMap(({ headers }) => headers).length).toBe(
        sample.flat().flatMap(({ headers = [] }) => headers).length,
      );
      for (const reader of KINDS) {
        expect(await read(reader, topic)).toEqual(withoutHeaders(seen));
      }
    } finally {
      await Promise.all([admin.close(), sink.close()]);
    }
  });
});
