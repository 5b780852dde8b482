/**
 * Reads a topic from its start to its end and only counts: the limit for a mirror's catch-up.
 * Arguments: the topic and its number of records.
 */
import { createKafkaClient } from '@quicksilver/kafka/kafka-client';

const [topic = '', records = ''] = process.argv.slice(2);
const source = createKafkaClient('platformatic', {
  bootstrapServers: [process.env['QUICK_KAFKA_BOOTSTRAP_SERVER'] ?? ''],
  clientId: 'bare-consumer',
  requestTimeoutMs: 30_000,
  decompressedBytesMax: 64 * 1_048_576,
}).source();
const signal = AbortSignal.timeout(300_000);
const positions = new Map(await source.offsets(topic, 'earliest', signal));
let count = 0;
while (count < Number(records)) {
  const requests = [...positions].map(([partition, offset]) => ({ topic, partition, offset }));
  const options = { maxWaitMs: 100, maxBytesPerPartition: 1_048_576, signal };
  for (const fetched of await source.fetch(requests, options)) {
    count += fetched.records.length;
    positions.set(fetched.partition, fetched.nextOffset);
  }
}
process.stdout.write(`${JSON.stringify({ msg: 'ready', address: 'none', count })}\n`);
await source.close();
