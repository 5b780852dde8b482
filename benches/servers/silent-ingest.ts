/** The limit: the real ingest on the real registry, with a sink that acknowledges at once. */
import { readConfig } from '@quicksilver/common/config/option';
import { createKafkaClient } from '@quicksilver/kafka/kafka-client';
import { kafkaSecurity } from '@quicksilver/kafka/security/kafka-security';
import type { RecordSink } from '@quicksilver/kafka/ports';
import { runParts } from '@quicksilver/common/lifecycle/run-parts';
import { createLog } from '@quicksilver/common/observe/log';
import { assembleIngest } from '@quicksilver/ingest/assemble';
import { ingestOptions } from '@quicksilver/ingest/config';

const stop = new AbortController();
process.on('SIGTERM', () => stop.abort());
let offset = 0n;
const silent: RecordSink = {
  produce: (batches) =>
    Promise.resolve(
      batches.map(({ records }) => {
        const baseOffset = offset;
        offset += BigInt(records.length);
        return { ok: true, baseOffset };
      }),
    ),
  close: () => Promise.resolve(),
};
const config = readConfig(ingestOptions, process.env);
const log = createLog('silent-ingest', 'info');
const kafka = createKafkaClient(config.kafka.kafkaClient, {
  ...config.kafka,
  security: kafkaSecurity(config.kafka.security),
  clientId: 'silent-ingest',
});
const ingest = assembleIngest(config, {
  log,
  kafka: { source: () => kafka.source(), admin: () => kafka.admin(), sink: () => silent },
});
await runParts(ingest.parts, {
  signal: stop.signal,
  drainMs: 1_000,
  log,
  onReady: () => log.info({ address: ingest.address(), opsAddress: ingest.opsAddress() }, 'ready'),
});
