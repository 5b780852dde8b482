import { createKafkaClient } from '@quicksilver/kafka/kafka-client';
import { testBroker } from '@quicksilver/testkit/broker';
import { consoleConsume } from '@quicksilver/local-kafka/console-tools';
import { call } from '@quicksilver/testkit/http-call';
import { OwnBroker } from '@quicksilver/testkit/own-broker';
import { expect, test } from 'vitest';

import { DevRun, expectFastStops, freeDevPort, temporaryDirectory } from './dev-run.ts';

test('npm start uses the configured Kafka, starts no other, leaves it running, and starts with a sick topic', async () => {
  const { jarsDir } = testBroker();
  await using broker = await OwnBroker.start({ jarsDir });
  const { bootstrapServer } = broker;
  await using dir = await temporaryDirectory();
  const env = { ...(await freeDevPort()), QUICK_KAFKA_BOOTSTRAP_SERVER: bootstrapServer };
  const stops: number[] = [];
  for (const isLoaded of [false, true]) {
    await using run = new DevRun({ dataDir: dir.path, env });
    await run.untilReady();
    expect(run.output.includes('Loading flights: ')).toBe(!isLoaded);
    expect(run.output).toMatch(new RegExp(`^  Kafka +${bootstrapServer}$`, 'm'));
    expect(run.processes().filter((line) => /^\d+ \S*java /.test(line))).toEqual([]);
    expect(JSON.parse(run.pasteCommand())).toMatchObject({ data: { flight: { delay: 66 } } });

    run.signal('SIGINT');
    const { code, seconds } = await run.exit;
    expect(code, run.output).toBe(0);
    stops.push(seconds);
    await run.untilNothingIsLeft();
  }
  expectFastStops(stops);
  const airports = await consoleConsume({ bootstrapServer, jarsDir, topic: 'airports' });
  expect(airports).toHaveLength(3_376);

  // One sick topic: the run starts, warns of it, and serves the rest.
  const client = createKafkaClient('platformatic', {
    bootstrapServers: [bootstrapServer],
    clientId: 'given-kafka-test',
    requestTimeoutMs: 30_000,
    decompressedBytesMax: 1_048_576,
  });
  const [admin, sink] = [client.admin(), client.sink()];
  try {
    await admin.delete('airports', AbortSignal.timeout(30_000));
    await using run = new DevRun({ dataDir: dir.path, env });
    await run.untilReady();
    expect(run.output).toMatch(/^Warning: .*airports/m);
    const status = await call(`http://127.0.0.1:${env.QUICK_PORT}/manager/status`);
    expect(status.status, status.text).toBe(200);
    expect(JSON.parse(run.pasteCommand())).toMatchObject({ data: { flight: { delay: 66 } } });

    const unreadable = { key: Buffer.from('not a long'), value: Buffer.from('{}') };
    await sink.produce([{ topic: 'flights', partition: 0, records: [unreadable] }], 30_000);
    await run.untilPrinted('Warning: mirror/flights: Skipped 1 record of topic flights');
    expect(run.output).toMatch(/at offset \d+ of partition 0: BAD_KEY, /);
  } finally {
    await Promise.all([admin.close(), sink.close()]);
  }
});
