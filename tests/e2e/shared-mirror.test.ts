import { mirrorNameOf } from '@quicksilver/contracts/control/resource-name';
import type { MirrorStatus } from '@quicksilver/contracts/mirror-api/contract';
import { createKafkaClient } from '@quicksilver/kafka/kafka-client';
import { addPartitions } from '@quicksilver/testkit/add-partitions';
import { testBroker, uniqueTopic } from '@quicksilver/testkit/broker';
import { eventually } from '@quicksilver/testkit/eventually';
import { call } from '@quicksilver/testkit/http-call';
import { ManagedNetwork, type ManagedResource } from '@quicksilver/testkit/managed-network';
import { expect, test } from 'vitest';

const DEADLINE_MS = 90_000;

async function deleteInKafka(topic: string): Promise<void> {
  const admin = createKafkaClient('platformatic', {
    bootstrapServers: [testBroker().bootstrapServer],
    clientId: 'shared-mirror-test',
    requestTimeoutMs: 30_000,
    decompressedBytesMax: 1_048_576,
  }).admin();
  try {
    await admin.delete(topic, AbortSignal.timeout(DEADLINE_MS));
  } finally {
    await admin.close();
  }
}

test('a topic that was deleted in Kafka fails its own mirror, and no other of the process', async () => {
  await using network = await ManagedNetwork.start();
  const [healthy, gone, late] = [uniqueTopic('healthy'), uniqueTopic('gone'), uniqueTopic('late')];
  const create = (topic: string) =>
    network.mustSend('POST', `/topic/${topic}?keyType=string&valueType=string`, {});
  const mirrorOf = async (topic: string): Promise<ManagedResource['status']> => {
    const all = await network.resources();
    const mirror = all.find(({ kind, name }) => kind === 'mirror' && name === mirrorNameOf(topic));
    return mirror?.status ?? null;
  };
  await create(healthy);
  await create(gone);
  const [process] = await network.addresses('mirror', mirrorNameOf(gone));
  expect(await network.addresses('mirror', mirrorNameOf(healthy))).toEqual([process]);

  // Partitions that are added to one topic change nothing for another one.
  await addPartitions(testBroker(), healthy, 5);
  await eventually(async () => {
    expect(await mirrorOf(healthy)).toMatchObject({ state: 'Running' });
    const { text } = await call(`http://${process}/status`);
    const { topics } = JSON.parse(text) as MirrorStatus;
    const partitions = topics.find(({ topic }) => topic === healthy)?.partitions;
    expect(partitions?.map(({ state }) => state)).toEqual(Array(5).fill('serving'));
  }, DEADLINE_MS);
  expect(await mirrorOf(gone)).toMatchObject({ state: 'Running' });

  await deleteInKafka(gone);
  await eventually(async () => {
    const status = await mirrorOf(gone);
    expect(status?.state).not.toBe('Running');
    expect(JSON.stringify(status)).toContain(`topic ${gone} is topic-gone`);
  }, DEADLINE_MS);

  // A manager that starts asks the process whether it is ready. The process takes another mirror.
  await network.manager.kill('SIGKILL');
  await network.manager.start();
  await eventually(() => create(late), DEADLINE_MS);
  expect(await network.addresses('mirror', mirrorNameOf(late))).toEqual([process]);
  for (const topic of [healthy, late]) {
    const status = await mirrorOf(topic);
    expect(status?.state).toBe('Running');
    expect(JSON.stringify(status)).not.toContain(gone);
  }
});
