import { testBroker } from '@quicksilver/testkit/broker';
import { consoleConsume } from '@quicksilver/local-kafka/console-tools';
import { OwnBroker } from '@quicksilver/testkit/own-broker';
import { expect, test } from 'vitest';

import { DevRun, expectFastStops, freeDevPort, temporaryDirectory } from './dev-run.ts';

test('npm start uses the configured Kafka, starts no other, and leaves it running', async () => {
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
});
