import { addPartitions } from '@quicksilver/testkit/add-partitions';
import { testBroker, uniqueTopic } from '@quicksilver/testkit/broker';
import { eventually } from '@quicksilver/testkit/eventually';
import { ManagerBench } from '@quicksilver/testkit/test-manager';
import { expect, test } from 'vitest';

test('partitions that are added to a topic in Kafka are adopted, and a manifest for them is granted', async () => {
  await using bench = await ManagerBench.create();
  await using manager = await bench.start();
  const name = uniqueTopic('grown');
  const manifest = { key: 'int', value: 'json', partitions: 2 };
  await manager.send('PUT', `/topic/${name}`, manifest);
  await addPartitions(testBroker(), name, 4);
  // The registry does not know of it yet, perhaps; Kafka does.
  const applied = await manager.send('PUT', `/topic/${name}`, { ...manifest, partitions: 4 });
  expect([applied.status, applied.json()]).toMatchObject([
    200,
    { result: 'configured', resource: { spec: { partitions: 4 } } },
  ]);
  await eventually(async () => {
    expect((await bench.caughtUp()).registry.get(name)?.partitions).toBe(4);
    expect((await manager.send('GET', `/topic/${name}`)).json()).toMatchObject({
      partitions: 4,
      status: { state: 'Running', warnings: [] },
    });
  });
  await addPartitions(testBroker(), name, 5);
  const results = { 4: 'unchanged', 5: 'configured' };
  for (const [partitions, result] of Object.entries(results)) {
    const answer = await manager.send('PUT', `/topic/${name}`, {
      ...manifest,
      partitions: Number(partitions),
    });
    expect([answer.status, answer.json()]).toMatchObject([200, { result }]);
  }
  const fewer = await manager.send('PUT', `/topic/${name}`, { ...manifest, partitions: 2 });
  expect(fewer.json()).toMatchObject({ code: 409, errorCode: 'CANNOT_CHANGE' });
  expect(fewer.text).toContain(
    'has 5 partitions in Kafka, and the request has 2. Kafka cannot remove',
  );
  const type = await manager.send('PUT', `/topic/${name}`, { key: 'int', value: 'string' });
  expect(type.text).toContain('value (JSON to STRING). Leave them out, or create another topic');
  await manager.send('DELETE', `/topic/${name}`);
});
